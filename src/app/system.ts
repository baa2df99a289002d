// The real clock and randomness; everything else is handed them.
import { randomBytes } from "node:crypto";
import type { Clock, Random } from "../clock.ts";

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep,
};

export const SYSTEM_RANDOM: Random = {
  bytes: (length) => randomBytes(length),
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
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
  });
}
