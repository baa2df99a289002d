import assert from "node:assert/strict";
import { test } from "node:test";
import { applyJsonPatch } from "./json-patch.ts";
import { StatusError } from "./statuses.ts";

/** RFC 6902, appendix A, as target, patch and result; a result that is absent is a refusal. */
const EXAMPLES: readonly (readonly [what: string, target: unknown, patch: unknown, result?: unknown])[] = [
  ["A.1 adding a member", { foo: "bar" }, [{ op: "add", path: "/baz", value: "qux" }], { foo: "bar", baz: "qux" }],
  [
    "A.2 adding an element",
    { foo: ["bar", "baz"] },
    [{ op: "add", path: "/foo/1", value: "qux" }],
    { foo: ["bar", "qux", "baz"] },
  ],
  ["A.3 removing a member", { baz: "qux", foo: "bar" }, [{ op: "remove", path: "/baz" }], { foo: "bar" }],
  [
    "A.4 removing an element",
    { foo: ["bar", "qux", "baz"] },
    [{ op: "remove", path: "/foo/1" }],
    { foo: ["bar", "baz"] },
  ],
  ["A.5 replacing a value", { baz: "qux" }, [{ op: "replace", path: "/baz", value: "boo" }], { baz: "boo" }],
  [
    "A.6 moving a value",
    { foo: { waldo: "fred" }, qux: {} },
    [{ op: "move", from: "/foo/waldo", path: "/qux/thud" }],
    { foo: {}, qux: { thud: "fred" } },
  ],
  [
    "A.7 moving an element",
    { foo: ["all", "grass", "cows", "eat"] },
    [{ op: "move", from: "/foo/1", path: "/foo/3" }],
    { foo: ["all", "cows", "eat", "grass"] },
  ],
  ["A.8 testing a value", { foo: ["a", 2] }, [{ op: "test", path: "/foo/1", value: 2 }], { foo: ["a", 2] }],
  ["A.9 testing a value that is another", { baz: "qux" }, [{ op: "test", path: "/baz", value: "bar" }]],
  [
    "A.10 adding a nested member",
    { foo: "bar" },
    [{ op: "add", path: "/child", value: { g: {} } }],
    { foo: "bar", child: { g: {} } },
  ],
  [
    "A.11 ignoring unrecognized elements",
    { foo: "bar" },
    [{ op: "add", path: "/baz", value: "qux", xyz: 123 }],
    { foo: "bar", baz: "qux" },
  ],
  ["A.12 adding to a nonexistent target", { foo: "bar" }, [{ op: "add", path: "/baz/bat", value: "qux" }]],
  ["A.14 escape ordering", { "/": 9, "~1": 10 }, [{ op: "test", path: "/~01", value: 10 }], { "/": 9, "~1": 10 }],
  ["A.15 comparing strings and numbers", { "/": 9, "~1": 10 }, [{ op: "test", path: "/~01", value: "10" }]],
  [
    "A.16 adding an array value",
    { foo: ["bar"] },
    [{ op: "add", path: "/foo/-", value: ["abc"] }],
    { foo: ["bar", ["abc"]] },
  ],
  ["an index beyond the end", { foo: [] }, [{ op: "add", path: "/foo/1", value: 1 }]],
  ["an index with a leading zero", { foo: [1, 2] }, [{ op: "remove", path: "/foo/01" }]],
  ["a pointer without its slash", { foo: 1 }, [{ op: "remove", path: "foo" }]],
];

for (const [what, target, patch, result] of EXAMPLES) {
  test(`JSON patch: ${what}`, () => {
    const before = structuredClone(target);

    if (result === undefined) assert.throws(() => applyJsonPatch(target, patch), StatusError);
    else assert.deepEqual(applyJsonPatch(target, patch), result);
    assert.deepEqual(target, before);
  });
}

test("a member named __proto__ is a member like others", () => {
  const patched = applyJsonPatch({}, [{ op: "add", path: "/__proto__", value: { a: 1 } }]);

  assert.equal(JSON.stringify(patched), '{"__proto__":{"a":1}}');
  assert.equal(({} as { a?: number }).a, undefined);
});
