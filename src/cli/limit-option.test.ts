import assert from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import { InputError } from "../errors.ts";
import { limitOption } from "./limit-option.ts";

function limitOf(...words: readonly string[]): unknown {
  return new Command().addOption(limitOption()).parse(words, { from: "user" }).opts()["limit"];
}

test("a limit is a whole number up to what is listed at most, and 20 where none is given", () => {
  assert.deepEqual([limitOf(), limitOf("--limit", "1"), limitOf("--limit=500")], [20, 1, 500]);
});

for (const text of ["x", "0", "501", "-1", "1.5", ""]) {
  test(`a limit of "${text}" is refused`, () => {
    assert.throws(() => limitOf(`--limit=${text}`), InputError);
  });
}
