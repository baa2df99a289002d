import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestClock } from "../../test/support/test-clock.ts";
import { type Closer, closeAfter } from "./closers.ts";

const BOUND = { timeout: 10_000 };
const noWork = async () => {};
const failing = (text: string) => () => Promise.reject(new Error(text));

function closing(closers: readonly Closer[]) {
  const clock = createTestClock();
  const told: string[] = [];
  const onError = (error: unknown) => void told.push((error as Error).message);
  return { closers, clock, told, withinMs: 1_000, onError };
}

test("what was opened last is closed first, each told a share of what is left of the bound", async () => {
  const closed: string[] = [];
  const slow: Closer = async (withinMs) => {
    closed.push(`slow ${withinMs}`);
    await it.clock.sleep(600);
  };
  const it = closing([(withinMs) => closed.push(`first ${withinMs}`), slow]);

  const ended = closeAfter(noWork, it);
  await it.clock.advance(600);
  await ended;

  assert.deepEqual(closed, ["slow 750", "first 300"]);
});

test("one that does not end is told of, and leaves the others time", BOUND, async () => {
  const closed: string[] = [];
  const stuck: Closer = () => new Promise(() => undefined);
  const it = closing([(withinMs) => closed.push(`first ${withinMs}`), stuck]);

  const ended = assert.rejects(closeAfter(noWork, it), /had not ended after 875 ms/);
  await it.clock.advance(1_000);
  await ended;

  assert.deepEqual(closed, ["first 94"]);
});

test("one that fails is told of, and keeps none from being closed", async () => {
  const closed: string[] = [];
  const it = closing([() => closed.push("first"), failing("stuck")]);

  const ended = closeAfter(noWork, it);

  await assert.rejects(ended, /^Error: stuck$/);
  assert.deepEqual(closed, ["first"]);
});

test("the first fault is the one that counts, and the others are told of", async () => {
  const it = closing([failing("disk"), failing("socket")]);

  const ended = closeAfter(failing("the port is taken"), it);

  await assert.rejects(ended, /^Error: the port is taken$/);
  assert.deepEqual(it.told, ["socket", "disk"]);
});
