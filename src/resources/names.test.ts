import assert from "node:assert/strict";
import { test } from "node:test";
import { dnsLabelFaults, dnsSubdomainFaults } from "./names.ts";

// The answers of kube-apiserver 1.36.3 to objects and namespaces of these names.
const rows: readonly (readonly [
  faultsOf: (name: string) => readonly string[],
  name: string,
  starts: readonly string[],
])[] = [
  [dnsSubdomainFaults, "a.b-c.1", []],
  [dnsSubdomainFaults, "a".repeat(253), []],
  [dnsSubdomainFaults, "A_b", ["a lowercase RFC 1123 subdomain must consist of"]],
  [dnsSubdomainFaults, "a..b", ["a lowercase RFC 1123 subdomain must consist of"]],
  [dnsSubdomainFaults, "a".repeat(254), ["must be no more than 253 characters"]],
  [dnsSubdomainFaults, "A".repeat(254), ["must be no more than 253 characters", "a lowercase RFC 1123 subdomain"]],
  [dnsLabelFaults, "a-1", []],
  [dnsLabelFaults, "A_b", ["a lowercase RFC 1123 label must consist of"]],
  [dnsLabelFaults, "a.b", ["must not contain dots"]],
  [dnsLabelFaults, "a".repeat(64), ["must be no more than 63 characters"]],
];

for (const [faultsOf, name, starts] of rows) {
  test(`${faultsOf.name} of ${name.slice(0, 8)} (${name.length})`, () => {
    const faults = faultsOf(name);

    assert.equal(faults.length, starts.length);
    for (const [index, start] of starts.entries()) assert.ok(faults[index]?.startsWith(start), faults[index]);
  });
}
