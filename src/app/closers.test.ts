import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestClock } from "../../test/support/test-clock.ts";
import { type Closer, closeAll } from "./closers.ts";

test("what was opened last is closed first, each told what is left of the bound", async () => {
  const clock = createTestClock();
  const closed: string[] = [];
  const slow: Closer = async (leftMs) => {
    closed.push(`slow ${leftMs}`);
    await clock.sleep(700.5);
  };
  const closers: readonly Closer[] = [(leftMs) => closed.push(`first ${leftMs}`), slow];

  const closing = closeAll(closers, { clock, withinMs: 1_000 });
  await clock.advance(701);
  await closing;

  assert.deepEqual(closed, ["slow 1000", "first 300"]);
});

test("one that fails is told of, and keeps none from being closed", async () => {
  const closed: string[] = [];
  const broken = () => Promise.reject(new Error("stuck"));

  const closing = closeAll([() => closed.push("first"), broken], { clock: createTestClock(), withinMs: 1_000 });

  await assert.rejects(closing, /stuck/);
  assert.deepEqual(closed, ["first"]);
});
