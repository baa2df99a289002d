import assert from "node:assert/strict";
import { test } from "node:test";
import type { ObjectMeta } from "./kube-object.ts";
import { metadataViolations } from "./metadata-rules.ts";

const CASES: readonly (readonly [what: string, metadata: Partial<ObjectMeta>, violations: readonly RegExp[]])[] = [
  ["no metadata", {}, []],
  ["labels with and without a prefix", { labels: { app: "demo", "example.com/tier": "", "a.b": "x_y.z-1" } }, []],
  [
    "a label value with a slash",
    { labels: { app: "va/lue" } },
    [/^metadata\.labels: Invalid value: "va\/lue": a valid label must be an empty string or consist of/],
  ],
  [
    "a label value of 64 bytes",
    { labels: { app: "x".repeat(64) } },
    [/^metadata\.labels: .*: must be no more than 63 bytes$/],
  ],
  [
    "a label key with two slashes",
    { labels: { "a/b/c": "x" } },
    [/^metadata\.labels: Invalid value: "a\/b\/c": a valid label key must consist of .* with an optional DNS subdomain/],
  ],
  [
    "a label key with nothing before its slash",
    { labels: { "/b": "x" } },
    [/^metadata\.labels: Invalid value: "\/b": prefix part must be non-empty$/],
  ],
  [
    "a label key with nothing behind its slash",
    { labels: { "a/": "x" } },
    [/name part must be non-empty$/, /name part must consist of/],
  ],
  ["an annotation key in upper case", { annotations: { "Example.COM/Key": "any text / at all" } }, []],
  [
    "annotations of more than 256 KiB",
    { annotations: { key: "x".repeat(256 * 1024) } },
    [/^metadata\.annotations: Too long: may not be more than 262144 bytes$/],
  ],
  ["a finalizer with two slashes", { finalizers: ["a/b/c"] }, [/^metadata\.finalizers: Invalid value: "a\/b\/c": /]],
];

for (const [what, metadata, violations] of CASES) {
  test(`${what} makes ${violations.length} violations`, () => {
    const found = metadataViolations(metadata).map(({ field, message }) => `${field}: ${message}`);

    assert.equal(found.length, violations.length, found.join("\n"));
    for (const [place, violation] of violations.entries()) assert.match(found[place] ?? "", violation);
  });
}
