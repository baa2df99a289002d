import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "../../test/support/settle.ts";
import { createTestClock, HALF } from "../../test/support/test-clock.ts";
import { createInstruments } from "./instruments.ts";
import { startQueue } from "./start-queue.ts";
import { beginWork } from "./work.ts";

const GRACE_MS = 5_000;

/** A queue in the middle of a pass, asked to end. */
async function endMidPass() {
  const clock = createTestClock();
  const running = beginWork(clock);
  const pass = Promise.withResolvers<"done">();
  const surroundings = {
    clock,
    random: HALF,
    log: () => undefined,
    running,
    instruments: createInstruments(clock, "test"),
  };
  const queue = startQueue(surroundings, { name: "test", concurrency: 1, work: () => pass.promise });
  queue.add("ns/a");
  const state = { hasEnded: false };
  void running.end(GRACE_MS).then(() => {
    state.hasEnded = true;
  });
  await settle();
  return { clock, pass, state };
}

test("the end waits for the pass under way", async () => {
  const { pass, state } = await endMidPass();

  const before = state.hasEnded;
  pass.resolve("done");
  await settle();

  assert.deepEqual([before, state.hasEnded], [false, true]);
});

test("the end does not wait for ever", async () => {
  const { clock, state } = await endMidPass();

  await clock.advance(GRACE_MS - 1);
  const before = state.hasEnded;
  await clock.advance(1);

  assert.deepEqual([before, state.hasEnded], [false, true]);
});
