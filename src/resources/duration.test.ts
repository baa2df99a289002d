import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../errors.ts";
import { parseDuration } from "./duration.ts";

const DURATIONS = [
  ["0s", 0],
  ["5m0s", 300_000],
  ["1h30m", 5_400_000],
  ["1.5s", 1_500],
  ["30m1h", 5_400_000],
] as const;
for (const [text, ms] of DURATIONS) {
  test(`${text} are ${ms} ms`, () => {
    assert.equal(parseDuration(text), ms);
  });
}

for (const text of ["", "5", "s", "1y", "10ms", "-5s", "5 s", "1.s", "1_000s"]) {
  test(`"${text}" is no duration`, () => {
    assert.throws(() => parseDuration(text), InputError);
  });
}
