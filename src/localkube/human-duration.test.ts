import assert from "node:assert/strict";
import { test } from "node:test";
import { humanDuration } from "./human-duration.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const CASES: readonly (readonly [ms: number, text: string])[] = [
  [-2 * SECOND, "<invalid>"],
  [-900, "0s"],
  [0, "0s"],
  [119_999, "119s"],
  [2 * MINUTE, "2m"],
  [9 * MINUTE + 59 * SECOND, "9m59s"],
  [10 * MINUTE + 59 * SECOND, "10m"],
  [3 * HOUR - SECOND, "179m"],
  [3 * HOUR, "3h"],
  [7 * HOUR + 5 * MINUTE, "7h5m"],
  [8 * HOUR + 5 * MINUTE, "8h"],
  [47 * HOUR, "47h"],
  [2 * DAY, "2d"],
  [3 * DAY + 4 * HOUR, "3d4h"],
  [8 * DAY + 4 * HOUR, "8d"],
  [729 * DAY, "729d"],
  [730 * DAY, "2y"],
  [3 * 365 * DAY + 10 * DAY, "3y10d"],
  [9 * 365 * DAY + 10 * DAY, "9y"],
];

for (const [ms, text] of CASES) {
  test(`${ms} ms is shown as ${text}`, () => {
    assert.equal(humanDuration(ms), text);
  });
}
