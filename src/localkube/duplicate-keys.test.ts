import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { duplicateKeys } from "./duplicate-keys.ts";

const TEXTS: Readonly<Record<string, readonly string[]>> = {
  '{"a":1,"a":2}': ["a"],
  '{"a":{"b":1,"c":2,"b":3}}': ["a.b"],
  '{"a":[{"b":1},{"b":1,"b":2}]}': ["a[1].b"],
  '{"a":1,"\\u0061":2}': ["a"],
  '{"a":"\\"a\\":1","b":"}"}': [],
  ' { "a" : [ ] , "b" : { } , "a" : null } ': ["a"],
  "[1,2]": [],
  '"text"': [],
};

for (const [text, paths] of Object.entries(TEXTS)) {
  test(`keys that stand twice in ${text}`, () => {
    assert.deepEqual(duplicateKeys(text), paths);
  });
}

test("what was written from a value has no key twice", () => {
  fc.assert(fc.property(fc.json(), (text) => duplicateKeys(text).length === 0));
});
