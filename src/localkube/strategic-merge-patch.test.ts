import assert from "node:assert/strict";
import { test } from "node:test";
import { StatusError } from "./statuses.ts";
import { applyStrategicMergePatch } from "./strategic-merge-patch.ts";

const owners = [
  { uid: "1", name: "a" },
  { uid: "2", name: "b" },
];

const CASES: readonly (readonly [what: string, target: unknown, patch: unknown, result: unknown])[] = [
  ["maps merge, null deletes", { a: { b: 1, c: 2 } }, { a: { b: null, d: 3 } }, { a: { c: 2, d: 3 } }],
  ["other lists are replaced", { list: [1, 2] }, { list: [3] }, { list: [3] }],
  [
    "items merge by their key, new ones first",
    { ownerReferences: owners },
    { ownerReferences: [{ uid: "2", name: "c" }, { uid: "3" }] },
    { ownerReferences: [{ uid: "3" }, { uid: "1", name: "a" }, { uid: "2", name: "c" }] },
  ],
  [
    "an item is deleted by its key",
    { ownerReferences: owners },
    { ownerReferences: [{ uid: "1", $patch: "delete" }] },
    { ownerReferences: [{ uid: "2", name: "b" }] },
  ],
  [
    "a list is replaced when it says so",
    { ownerReferences: owners },
    { ownerReferences: [{ $patch: "replace" }, { uid: "9" }] },
    { ownerReferences: [{ uid: "9" }] },
  ],
  ["only what is retained stays", { spec: { a: 1, b: 2 } }, { spec: { $retainKeys: ["b"], b: 3 } }, { spec: { b: 3 } }],
  [
    "the order that is given is kept",
    { finalizers: ["a/x", "b/x"] },
    { "$setElementOrder/finalizers": ["b/x", "c/x", "a/x"], finalizers: ["c/x"] },
    { finalizers: ["b/x", "c/x", "a/x"] },
  ],
];

for (const [what, target, patch, result] of CASES) {
  test(`strategic merge patch: ${what}`, () => {
    assert.deepEqual(applyStrategicMergePatch(target, patch), result);
  });
}

test("an item without its key is refused", () => {
  const patch = { ownerReferences: [{ name: "c" }] };

  assert.throws(() => applyStrategicMergePatch({ ownerReferences: owners }, patch), StatusError);
});
