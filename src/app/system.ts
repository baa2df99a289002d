// The real clock and randomness, and the signals that end a process; everything else is handed them.
import { randomBytes } from "node:crypto";
import type { Clock, Random } from "../clock.ts";

const POOL_BYTES = 4_096;
/** One that is set for longer goes off at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** By which a process is told to end: of a terminal's Ctrl-C, of whoever started it, of a terminal that is gone. */
export const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep,
};

export const SYSTEM_RANDOM: Random = {
  bytes: createRandomPool(),
  fraction: () => Math.random(),
};

/** Without the error that `node:timers/promises` makes for each sleep that is given up. */
function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number) => {
      const onward = leftMs > MAX_TIMER_MS ? () => wait(leftMs - MAX_TIMER_MS) : done;
      timer = setTimeout(onward, Math.min(leftMs, MAX_TIMER_MS));
    };
    wait(ms);
    signal?.addEventListener("abort", done);
  });
}

/** Drawn many at a time: to ask for a few bytes costs as much as to ask for a page of them. */
function createRandomPool(): Random["bytes"] {
  let pool = Buffer.alloc(0);
  return (length) => {
    if (length > POOL_BYTES) return randomBytes(length);
    if (length > pool.length) pool = randomBytes(POOL_BYTES);
    const bytes = pool.subarray(0, length);
    pool = pool.subarray(length);
    return bytes;
  };
}
