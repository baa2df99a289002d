import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestClock } from "../../test/support/test-clock.ts";
import { createStopTeller } from "./stop-teller.ts";

function telling({ serveOnMs = 5_000, isDurable = true } = {}) {
  const clock = createTestClock();
  const lines: string[] = [];
  const stop = new AbortController();
  const log = (line: string) => void lines.push(line);
  const teller = createStopTeller({ clock, log, stop: stop.signal, serveOnMs, endWithinMs: 20_000, isDurable });
  return { teller, clock, stop, lines };
}

for (const { what, openCount, waitedMs, given = {}, lines: expected } of [
  {
    what: "a stop is told when it begins, and when it is over, with the deliveries that are open then",
    openCount: 2,
    waitedMs: 6_200,
    lines: [
      "SIGTERM: serves on for 5 s, then ends what is under way within 20 s; 2 open deliveries",
      "ended after 6.2 s; 2 open deliveries left for the next start",
    ],
  },
  {
    what: "where nothing outlives the process, it is told that what is open is given up",
    openCount: 1,
    waitedMs: 0,
    given: { serveOnMs: 0, isDurable: false },
    lines: [
      "SIGTERM: ends what is under way within 20 s; 1 open delivery",
      "ended after 0.0 s; 1 open delivery given up",
    ],
  },
  {
    what: "a process that receives nothing tells of no deliveries",
    openCount: undefined,
    waitedMs: 5_000,
    lines: ["SIGTERM: serves on for 5 s, then ends what is under way within 20 s", "ended after 5.0 s"],
  },
]) {
  test(what, async () => {
    const { teller, clock, stop, lines } = telling(given);
    if (openCount !== undefined) teller.follow({ state: () => ({ isDraining: false, openCount }) });

    stop.abort("SIGTERM");
    await clock.advance(waitedMs);
    teller.ended();

    assert.deepEqual(lines, expected);
  });
}

test("an end that nobody asked for is not told", () => {
  const { teller, lines } = telling();

  teller.ended();

  assert.deepEqual(lines, []);
});
