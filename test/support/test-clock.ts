// Time for tests: a clock that stands still until it is told to move, and one that runs faster than the real one for
// tests whose peers are on real sockets.
import { SYSTEM_CLOCK } from "../../src/app/system.ts";
import type { Clock, Random } from "../../src/clock.ts";
import { settle } from "./settle.ts";

export interface TestClock extends Clock {
  /** Moves on by `ms`, waking each sleeper at its time and letting it run before the next. */
  advance(ms: number): Promise<void>;
}

const START = Date.parse("2026-11-24T12:00:00Z");

interface Sleeper {
  readonly wakeAt: number;
  wake(): void;
}

export function createTestClock(): TestClock {
  let elapsedMs = 0;
  const sleepers = new Set<Sleeper>();
  return {
    now: () => START + elapsedMs,
    monotonicMs: () => elapsedMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper = { wakeAt: elapsedMs + ms, wake: () => void (sleepers.delete(sleeper) && resolve()) };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", sleeper.wake, { once: true });
      }),
    async advance(ms) {
      const until = elapsedMs + ms;
      await settle();
      for (let next = firstDue(sleepers, until); next; next = firstDue(sleepers, until)) {
        elapsedMs = Math.max(elapsedMs, next.wakeAt);
        next.wake();
        await settle();
      }
      elapsedMs = until;
    },
  };
}

function firstDue(sleepers: ReadonlySet<Sleeper>, until: number): Sleeper | undefined {
  let first: Sleeper | undefined;
  for (const sleeper of sleepers) {
    if (sleeper.wakeAt <= until && (!first || sleeper.wakeAt < first.wakeAt)) first = sleeper;
  }
  return first;
}

/** The real clock, `factor` times as fast. */
export function createFastClock(factor: number): Clock {
  const startedAt = SYSTEM_CLOCK.monotonicMs();
  const elapsedMs = () => (SYSTEM_CLOCK.monotonicMs() - startedAt) * factor;
  return {
    now: () => START + elapsedMs(),
    monotonicMs: elapsedMs,
    sleep: (ms, signal) => SYSTEM_CLOCK.sleep(ms / factor, signal),
  };
}

/** Random without surprises: every fraction is one half. */
export const HALF: Random = { bytes: (length) => new Uint8Array(length).fill(7), fraction: () => 0.5 };

/** The same numbers in every run (a linear congruential generator). */
export function createTestRandom(seed = 1): Random {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return {
    fraction: next,
    bytes: (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256)),
  };
}
