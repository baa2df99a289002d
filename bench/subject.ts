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

/** The subjects named on the command line, all of them when none is; ends the process for a name that is none. */
export function chosenSubjects<T>(subjects: Readonly<Record<string, T>>): readonly (readonly [name: string, T])[] {
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !Object.hasOwn(subjects, name));
  if (unknown.length > 0) {
    process.stderr.write(`unknown subject ${unknown.join(", ")}: choose from ${Object.keys(subjects).join(", ")}\n`);
    process.exit(2);
  }
  return Object.entries(subjects).filter(([name]) => names.length === 0 || names.includes(name));
}

export function printReport(what: string, value: string, goal: string): void {
  process.stdout.write(`${what.padEnd(56)} ${value.padEnd(12)} goal ${goal}\n`);
}
