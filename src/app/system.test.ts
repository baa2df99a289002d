import assert from "node:assert/strict";
import { test } from "node:test";
import { SYSTEM_CLOCK } from "./system.ts";

const DAY_MS = 86_400_000;

test("a sleep of a month is not over at once, and ends when it is given up", async () => {
  const giveUp = new AbortController();
  let isOver = false;
  const sleeping = SYSTEM_CLOCK.sleep(30 * DAY_MS, giveUp.signal).then(() => {
    isOver = true;
  });

  await SYSTEM_CLOCK.sleep(20);
  const wasOver = isOver;
  giveUp.abort();
  await sleeping;

  assert.equal(wasOver, false);
});
