import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { applyMergePatch, isSame, mergePatchOf } from "./merge-patch.ts";

// The examples of RFC 7386, appendix A.
const RFC_7386: readonly (readonly [target: unknown, patch: unknown, result: unknown])[] = [
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [
    ["a", "b"],
    ["c", "d"],
    ["c", "d"],
  ],
  [{ a: "b" }, ["c"], ["c"]],
  [{ a: "foo" }, null, null],
  [{ a: "foo" }, "bar", "bar"],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: "b", c: null }, { a: "b" }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

describe("a merge patch of RFC 7386", () => {
  for (const [target, patch, result] of RFC_7386) {
    test(`${JSON.stringify(patch)} on ${JSON.stringify(target)}`, () => {
      assert.deepEqual(applyMergePatch(target, patch), result);
    });
  }
});

test("a patch cannot reach what every object inherits", () => {
  const patched = applyMergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}')) as Record<string, unknown>;

  assert.equal(patched["polluted"], undefined);
  assert.deepEqual(Object.keys(patched), ["__proto__"]);
});

test("the patch between two values is as small as can be", () => {
  const before = { same: [1], gone: 1, list: [1], nested: { same: 1, gone: 2 } };
  const after = { same: [1], list: [1, 2], nested: { same: 1 }, fresh: {} };

  const patch = mergePatchOf(before, after);

  assert.deepEqual(patch, { list: [1, 2], nested: { gone: null }, fresh: {}, gone: null });
});

const keys = fc.constantFrom("a", "b", "c", "d");
const { value: values } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(true, 0, 1, "", "x"),
    fc.array(fc.constantFrom(1, 2, "x"), { maxLength: 3 }),
    fc.dictionary(keys, tie("value"), { maxKeys: 3 }),
  ),
}));
const objects = fc.dictionary(keys, values);
const patches = fc.dictionary(keys, fc.oneof(values, fc.constant(null)));

test("applying a patch twice is applying it once", () => {
  fc.assert(
    fc.property(objects, patches, (target, patch) => {
      const once = applyMergePatch(target, patch);

      assert.deepEqual(applyMergePatch(once, patch), once);
    }),
  );
});

test("the patch between two objects leads from the one to the other", () => {
  fc.assert(
    fc.property(objects, objects, (before, after) => {
      const patch = mergePatchOf(before, after);

      assert.equal(patch === undefined, isSame(before, after));
      assert.ok(isSame(applyMergePatch(before, patch ?? {}), after));
    }),
  );
});

test("the order of keys makes no difference", () => {
  fc.assert(
    fc.property(objects, (object) => {
      assert.ok(isSame(object, Object.fromEntries(Object.entries(object).reverse())));
    }),
  );
});
