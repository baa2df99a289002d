// Keeps the heap close to what it holds: a receiver mostly waits, and V8 by itself lets it grow to several times that.
// What each bound costs and saves stands in docs/performance.md.
import { PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** Both halves of the young generation. V8's own bound for it can only be given to a process that is being started. */
const YOUNG_BYTES = 8 * 1024 * 1024;

/** Call once, before the rest of the program is loaded. */
export function keepHeapSmall(): void {
  setFlagsFromString("--heap-growing-percent=20");
  boundYoungGeneration();
  new PerformanceObserver(boundYoungGeneration).observe({ entryTypes: ["gc"] });
}

/** It may double until it has its size, and again after V8 made it smaller in a quiet time. */
function boundYoungGeneration(): void {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
  setFlagsFromString(`--semi-space-growth-factor=${(young?.space_size ?? 0) < YOUNG_BYTES ? 2 : 1}`);
}
