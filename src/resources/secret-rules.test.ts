import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Secret } from "./core.ts";
import { secretViolations, undecodableKey, withSecretDefaults } from "./secret-rules.ts";

function secret(fields: object): Secret {
  return { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "p" }, ...fields };
}

test("a Secret takes its text into data, and is Opaque unless said", () => {
  const made = withSecretDefaults(
    secret({ stringData: { a: "x", b: "ü" }, data: { a: "b2xk", c: null, d: "eQ\n==" } }),
  );

  const data = { a: "eA==", c: "", d: "eQ==", b: "w7w=" };
  assert.deepEqual(made, secret({ type: "Opaque", data }));
  assert.deepEqual(withSecretDefaults(made), made);
});

test("a value that is no base64 is named", () => {
  const keys = ["eA==", "eA", "e_A=", "=", "x"].map((value) => undecodableKey({ data: { key: value } }));

  assert.deepEqual(keys, [undefined, "key", "key", "key", "key"]);
});

describe("a Secret", () => {
  const opaque = { type: "Opaque", data: { a: "eA==" } };
  const frozen = "Forbidden: field is immutable when `immutable` is set";
  const rows: readonly (readonly [name: string, after: object, before: object | undefined, ...violations: string[]])[] =
    [
      ["that is fine", opaque, undefined],
      [
        "of TLS without its keys",
        { type: "kubernetes.io/tls" },
        undefined,
        "data[tls.crt]: Required value",
        "data[tls.key]: Required value",
      ],
      [
        "that is too large",
        { ...opaque, data: { a: Buffer.alloc(1_048_577).toString("base64") } },
        undefined,
        "data: Too long: may not be more than 1048576 bytes",
      ],
      ["whose type changes", { ...opaque, type: "foo" }, opaque, 'type: Invalid value: "foo": field is immutable'],
      [
        "that is immutable and changes",
        { ...opaque, immutable: true, data: {} },
        { ...opaque, immutable: true },
        `data: ${frozen}`,
      ],
      ["that becomes mutable", opaque, { ...opaque, immutable: true }, `immutable: ${frozen}`],
    ];

  for (const [name, after, before, ...expected] of rows) {
    test(name, () => {
      const violations = secretViolations(secret(after), before && secret(before));

      assert.deepEqual(
        violations.map(({ field, message }) => `${field}: ${message}`),
        expected,
      );
    });
  }
});
