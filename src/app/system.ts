// The real clock and randomness; everything else is handed them.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock, Random } from "../clock.ts";

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal && { signal }).catch(() => undefined),
};

export const SYSTEM_RANDOM: Random = {
  bytes: (length) => randomBytes(length),
  fraction: () => Math.random(),
};
