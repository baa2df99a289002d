// What a start opened, closed in the opposite order, within a bound and to the end.
import type { Clock } from "../clock.ts";

/** Told how many milliseconds it may take, a whole number; one that takes longer is left to itself. */
export type Closer = (withinMs: number) => unknown;

interface Closing {
  /** Filled by the work as it opens things. */
  readonly closers: readonly Closer[];
  readonly clock: Clock;
  /** For all of them together. */
  readonly withinMs: number;
  /** What fails after the first fault. */
  readonly onError: (error: unknown) => void;
}

/** Of what is left. The rest is for those that come after, so that a slow one never leaves them without time. */
const TOLD_SHARE = 3 / 4;
const WAITED_SHARE = 7 / 8;

/** Does the work, then closes, the last one first, however either went. Rejects with the first fault of them all. */
export async function closeAfter(work: () => Promise<void>, closing: Closing): Promise<void> {
  const { closers, clock, withinMs, onError } = closing;
  const faults: unknown[] = [];
  const attempt = (step: () => Promise<unknown>) => step().catch((error: unknown) => faults.push(error));
  await attempt(work);
  const deadline = clock.monotonicMs() + withinMs;
  for (const close of closers.toReversed()) {
    await attempt(() => closeWithin(close, clock, Math.max(0, deadline - clock.monotonicMs())));
  }
  const [first, ...others] = faults;
  for (const other of others) onError(other);
  if (faults.length > 0) throw first;
}

async function closeWithin(close: Closer, clock: Clock, leftMs: number): Promise<void> {
  const closed = new AbortController();
  const waitedMs = Math.round(leftMs * WAITED_SHARE);
  const patience = clock.sleep(waitedMs, closed.signal).then(() => {
    if (!closed.signal.aborted) throw new Error(`what was to be closed had not ended after ${waitedMs} ms`);
  });
  const closing = (async () => close(Math.round(leftMs * TOLD_SHARE)))();
  await Promise.race([closing, patience]).finally(() => closed.abort());
}
