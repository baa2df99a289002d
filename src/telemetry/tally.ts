// Counts what is too frequent, or too secret, for a line each.
import type { Clock } from "../clock.ts";
import type { Log } from "./log.ts";

interface TallyOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly line: (count: number) => string;
}

const TELL_EVERY_MS = 60_000;

/** Call it for each; a minute after the first, and then at most once a minute, the line says how many there were. */
export function createTally({ clock, log, signal, line }: TallyOptions): () => void {
  let count = 0;
  const tell = async () => {
    await clock.sleep(TELL_EVERY_MS, signal);
    if (!signal.aborted) log(line(count));
    count = 0;
  };
  return () => {
    count += 1;
    if (count === 1) void tell();
  };
}
