// What a subject of `npm run bench` is given and how it reports. Adding one is a file here and a row in `run.ts`.

/** Prints one line: what was measured, its value with a unit, and the goal it stands against (`—` where there is none). */
export type Report = (what: string, value: string, goal: string) => void;

/** Measures one thing within a bounded time, on resources of its own, and leaves nothing running. */
export type Subject = (report: Report) => Promise<void>;

/** The value below which `share` (0 to 1) of the values lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
