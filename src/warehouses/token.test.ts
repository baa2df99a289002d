import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestClock, createTestRandom, HALF } from "../../test/support/test-clock.ts";
import { createTokenSource } from "./token.ts";

const NONE = new Set<string>();

test("tokens of one millisecond differ, and each is RFC 3339 in UTC with nine fractional digits", () => {
  const tokens = createTokenSource({ clock: createTestClock(), random: createTestRandom() });

  const drawn = Array.from({ length: 1_000 }, () => tokens.next(NONE));

  assert.equal(new Set(drawn).size, 1_000);
  assert.ok(drawn.every((token) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/.test(token)));
});

test("milliseconds go on above the log's last token, whatever the clock says", () => {
  const lastToken = "2031-05-06T07:08:09.123999999Z";
  const tokens = createTokenSource({ clock: createTestClock(), random: HALF, lastToken });

  const drawn = [tokens.next(NONE), tokens.next(NONE)];

  assert.deepEqual(drawn, ["2031-05-06T07:08:09.124500000Z", "2031-05-06T07:08:09.125500000Z"]);
});

test("a token that stands on the object already is drawn anew", () => {
  const clock = createTestClock();
  const first = createTokenSource({ clock, random: HALF }).next(NONE);

  const second = createTokenSource({ clock, random: HALF }).next(new Set([first]));

  assert.notEqual(second, first);
});
