import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { decodeObject } from "./decode-object.ts";
import { KARGO_KINDS, schemaOf } from "./kinds.ts";
import { PROJECT_CONFIGS } from "./project-config.ts";
import type { Resource } from "./resource.ts";
import { WAREHOUSES } from "./warehouse.ts";

const NGINX = { image: { repoURL: "nginx" } };

describe("unknown fields", () => {
  const rows: readonly (readonly [name: string, Resource, object, readonly string[]])[] = [
    ["none", WAREHOUSES, { spec: { subscriptions: [NGINX] } }, []],
    ["in a subscription are kept", WAREHOUSES, { spec: { subscriptions: [{ foo: { bar: null } }] } }, []],
    ["in the spec, sorted", WAREHOUSES, { spec: { foo: 1, bar: { a: 1 } } }, ["spec.bar", "spec.foo"]],
    ["in the metadata, named first", WAREHOUSES, { metadata: { foo: 1 }, bar: 2 }, ["metadata.foo", "bar"]],
    ["inside a value that should be a string", WAREHOUSES, { spec: { interval: { a: 1 } } }, ["spec.interval.a"]],
    [
      "inside a value that should be a list",
      PROJECT_CONFIGS,
      { spec: { webhookReceivers: { a: 1 } } },
      ["spec.webhookReceivers.a"],
    ],
    [
      "in a list",
      PROJECT_CONFIGS,
      { spec: { webhookReceivers: [{ name: "a", foo: 1, dockerhub: { secretRef: { nam: "x" } } }] } },
      ["spec.webhookReceivers[0].dockerhub.secretRef.nam", "spec.webhookReceivers[0].foo"],
    ],
    [
      "named like what every object inherits",
      WAREHOUSES,
      JSON.parse('{"spec":{"__proto__":1,"toString":2}}'),
      ["spec.__proto__", "spec.toString"],
    ],
  ];

  for (const [name, resource, object, expected] of rows) {
    test(name, () => {
      const { unknownFields } = decodeObject(schemaOf(resource), object);

      assert.deepEqual(unknownFields, expected);
    });
  }

  test("are taken out", () => {
    const { object } = decodeObject(schemaOf(WAREHOUSES), { spec: { foo: 1, subscriptions: [] } } as object);

    assert.deepEqual(object, { spec: { subscriptions: [], interval: "5m0s", freightCreationPolicy: "Automatic" } });
  });
});

test("a default stands where its parent does, and in place of null", () => {
  const webhookReceivers = [{ dockerhub: { secretRef: {} } }, { quay: { secretRef: { name: null } } }, { azure: null }];

  const { object } = decodeObject(schemaOf(PROJECT_CONFIGS), { spec: { webhookReceivers } } as object);

  const decoded = [{ dockerhub: { secretRef: { name: "" } } }, { quay: { secretRef: { name: "" } } }, {}];
  assert.deepEqual(object, { spec: { webhookReceivers: decoded } });
});

test("the object that is decoded does not change", () => {
  const given = Object.freeze({ spec: Object.freeze({ foo: 1, interval: null }) });

  decodeObject(schemaOf(WAREHOUSES), given);

  assert.deepEqual(given, { spec: { foo: 1, interval: null } });
});

for (const { resource, schema } of KARGO_KINDS) {
  const fieldNames = [...new Set(JSON.stringify(schema).match(/(?<=")\w+(?=":\{)/g))];
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { depthSize: "medium", withCrossShrink: true },
      fc.constantFrom(null, true, 0, 1.5, "", "x"),
      fc.array(tie("json"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...fieldNames, "other"), tie("json"), { maxKeys: 5 }),
    ),
  }));
  const objects = fc.record({ metadata: json, spec: json, status: json, images: json }, { requiredKeys: [] });

  test(`decoding a ${resource.kind} twice is decoding it once`, () => {
    fc.assert(
      fc.property(objects, (given) => {
        const once = decodeObject(schema, given);
        const twice = decodeObject(schema, once.object);

        assert.deepEqual(twice, { object: once.object, unknownFields: [] });
      }),
    );
  });
}
