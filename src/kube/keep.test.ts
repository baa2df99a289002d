import assert from "node:assert/strict";
import { test } from "node:test";
import { metadataOnly, withoutManagedFields, withoutManifest } from "./keep.ts";

const OBJECT = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: {
    name: "s",
    annotations: { a: "b", "kubectl.kubernetes.io/last-applied-configuration": '{"stringData":{"secret":"x"}}' },
    managedFields: [{ manager: "kubectl" }],
  },
};

test("managed fields are left out, and nothing else", () => {
  const { managedFields: _, ...metadata } = OBJECT.metadata;

  assert.deepEqual(withoutManagedFields(OBJECT), { ...OBJECT, metadata });
});

test("the manifest that kubectl keeps in an annotation is left out beside them", () => {
  assert.deepEqual(withoutManifest(OBJECT).metadata, { name: "s", annotations: { a: "b" } });
});

test("of a Secret, nothing but metadata is kept where that is enough", () => {
  const secret = { ...OBJECT, data: { secret: "c2VjcmV0" } };

  assert.deepEqual(Object.keys(metadataOnly(secret)), ["apiVersion", "kind", "metadata"]);
});
