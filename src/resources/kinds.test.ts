import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BUILT_IN_KINDS, KARGO_KINDS, schemaOf } from "./kinds.ts";
import type { Schema } from "./schema.ts";

/** Every schema in a schema, with the path it describes. */
function* parts(schema: Schema, path: string): Generator<readonly [path: string, schema: Schema]> {
  yield [path, schema];
  for (const [name, field] of Object.entries(schema.properties ?? {})) yield* parts(field, `${path}.${name}`);
  if (schema.items) yield* parts(schema.items, `${path}[]`);
  if (schema.additionalProperties) yield* parts(schema.additionalProperties, `${path}{}`);
}

const KEYWORDS: ReadonlySet<string> = new Set([
  ...["type", "description", "format", "default", "nullable", "enum", "pattern", "items", "properties", "required"],
  ...["minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "additionalProperties"],
  ...["x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type"],
  ...["x-kubernetes-preserve-unknown-fields", "x-kubernetes-validations"],
]);

describe("the schema of each kind", () => {
  for (const { resource } of [...KARGO_KINDS, ...BUILT_IN_KINDS]) {
    const found = [...parts(schemaOf(resource), resource.kind)];

    test(`of ${resource.kind} describes every field`, () => {
      const silent = found.filter(([path, schema]) => !schema.description && !/(\[\]|\{\})$/.test(path));

      assert.deepEqual(silent, []);
    });

    test(`of ${resource.kind} is structural`, () => {
      const foreign = found.flatMap(([path, schema]) =>
        Object.keys(schema)
          .filter((keyword) => !KEYWORDS.has(keyword))
          .map((keyword) => `${path}: ${keyword}`),
      );

      assert.deepEqual(foreign, []);
    });
  }

  test("is known for our kinds only", () => {
    const pods = { group: "", version: "v1", plural: "pods", kind: "Pod", isNamespaced: true };

    assert.throws(() => schemaOf(pods), /no schema is known for pods/);
  });
});
