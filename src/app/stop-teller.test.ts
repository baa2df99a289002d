import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "../../test/support/settle.ts";
import { createTestClock } from "../../test/support/test-clock.ts";
import { createStopTeller } from "./stop-teller.ts";

function telling({ serveOnMs = 5_000, isDurable = true } = {}) {
  const clock = createTestClock();
  const lines: string[] = [];
  const stop = new AbortController();
  const log = (line: string) => void lines.push(line);
  const teller = createStopTeller({ clock, log, stop: stop.signal, serveOnMs, endWithinMs: 20_000, isDurable });
  const open = { count: 0 };
  const drain = { state: () => ({ isDraining: false, openCount: open.count }) };
  const stopAfter = async (ms: number) => {
    stop.abort("SIGTERM");
    await settle();
    await clock.advance(ms);
    teller.ended();
  };
  return { teller, drain, open, lines, stopAfter };
}

test("a stop is told when it begins, and when it is over, with the deliveries that are open then", async () => {
  const { teller, drain, open, lines, stopAfter } = telling();
  teller.follow(drain);
  open.count = 2;

  await stopAfter(6_200);

  assert.deepEqual(lines, [
    "SIGTERM: serves on for 5 s, then ends what is under way within 20 s; 2 open deliveries",
    "ended after 6.2 s; 2 open deliveries left for the next start",
  ]);
});

test("where nothing outlives the process, it is told that what is open is given up", async () => {
  const { teller, drain, open, lines, stopAfter } = telling({ serveOnMs: 0, isDurable: false });
  teller.follow(drain);
  open.count = 1;

  await stopAfter(0);

  assert.deepEqual(lines, [
    "SIGTERM: ends what is under way within 20 s; 1 open delivery",
    "ended after 0.0 s; 1 open delivery given up",
  ]);
});

test("a process that receives nothing tells of no deliveries", async () => {
  const { lines, stopAfter } = telling();

  await stopAfter(5_000);

  assert.deepEqual(lines, ["SIGTERM: serves on for 5 s, then ends what is under way within 20 s", "ended after 5.0 s"]);
});

test("an end that nobody asked for is not told", () => {
  const { teller, lines } = telling();

  teller.ended();

  assert.deepEqual(lines, []);
});
