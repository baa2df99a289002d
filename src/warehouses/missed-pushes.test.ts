import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestClock } from "../../test/support/test-clock.ts";
import { MissedPushes } from "./missed-pushes.ts";

/** Pushes that are missed again each time they are asked for, but for those in `found`. */
function missing() {
  const clock = createTestClock();
  const turns: string[] = [];
  const found = new Set<string>();
  const missed = new MissedPushes<string>({
    clock,
    signal: new AbortController().signal,
    askAgain(push) {
      turns.push(`${push} ${clock.monotonicMs()}`);
      if (found.has(push)) missed.close("p/w", push, true);
      else missed.add("p/w", push);
    },
  });
  return { clock, turns, found, add: (push: string) => missed.add("p/w", push) };
}

test("what is missed is asked for again, together, after pauses that grow", async () => {
  const { clock, turns, add } = missing();
  for (const push of ["a", "b"]) add(push);

  await clock.advance(10_000);

  assert.deepEqual(turns, ["a 500", "b 500", "a 1500", "b 1500", "a 3500", "b 3500", "a 8500", "b 8500"]);
});

test("once something comes of a turn, or another push is missed, the next turn is soon", async () => {
  const { clock, turns, found, add } = missing();
  for (const push of ["a", "b"]) add(push);
  found.add("b");

  await clock.advance(5_000);
  add("c");
  await clock.advance(600);

  assert.deepEqual(turns, ["a 500", "b 500", "a 1000", "a 2000", "a 4000", "a 5500", "c 5500"]);
});

test("a push that is closed is not asked for", async () => {
  const clock = createTestClock();
  const turns: string[] = [];
  const askAgain = (push: string) => void turns.push(push);
  const missed = new MissedPushes<string>({ clock, signal: new AbortController().signal, askAgain });
  for (const push of ["a", "b"]) missed.add("p/w", push);

  missed.close("p/w", "a", false);
  await clock.advance(1_000);

  assert.deepEqual([turns, missed.isWaiting("p/w", "b")], [["b"], false]);
});

test("a turn asks for no more than a list holds, and the others come first in the next", async () => {
  const { clock, turns, add } = missing();
  const pushes = Array.from({ length: 100 }, (_, place) => `p${place}`);
  for (const push of pushes) add(push);

  await clock.advance(1_600);

  assert.deepEqual(
    turns.map((turn) => turn.split(" ")[0]),
    [...pushes, ...pushes.slice(0, 28)],
  );
});
