import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "../../test/support/settle.ts";
import { createTestClock, HALF } from "../../test/support/test-clock.ts";
import { KubeError, TransportError } from "../errors.ts";
import { RetryPauses } from "./retry-pauses.ts";

const AWAY = new TransportError("away", { problem: "unreachable", isRetryable: true });
const BUSY = new KubeError("busy", { status: 429, reason: "TooManyRequests", retryAfterMs: 1_000 });

for (const { what, failures = 20, isCutShort = false, error = AWAY, askedAt = 1, isOver = false } of [
  { what: "ends when the API answers what it was asked later", isOver: true },
  { what: "goes on when the API answers what it was asked before", askedAt: 0 },
  { what: "goes on when one of the same row was cut short before", isCutShort: true },
  { what: "goes on for as long as the API said to wait", error: BUSY, askedAt: 1_000 },
  { what: "ends when the API answers after the wait that it asked for", error: BUSY, askedAt: 1_001, isOver: true },
  { what: "goes on while it is short", failures: 1 },
]) {
  test(`a pause ${what}`, async () => {
    const clock = createTestClock();
    const pauses = new RetryPauses({ clock, random: HALF, signal: new AbortController().signal });
    const row = { failures, isCutShort };
    let hasEnded = false;
    const paused = pauses.pause(row, error).then(() => {
      hasEnded = true;
    });

    pauses.cutShort(askedAt);
    await settle();

    assert.equal(hasEnded, isOver);
    await clock.advance(30_000);
    await paused;
    assert.deepEqual(row, { failures: failures + 1, isCutShort: isCutShort || isOver });
  });
}
