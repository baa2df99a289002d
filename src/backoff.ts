// How long to wait after a failure, and work that is repeated until it succeeds.
import { type Clock, jittered, type Random } from "./clock.ts";
import { KubeError } from "./errors.ts";

/** The wait doubles with each failure, from `baseMs` up to `capMs`. */
export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
}

interface Failure {
  /** How many there were in a row before this one. */
  readonly failures: number;
  readonly error: unknown;
  readonly random: Random;
}

/** Jittered milliseconds, never less than what a Kubernetes API asked for in `Retry-After`. */
export function backoffMs({ baseMs, capMs }: Backoff, { failures, error, random }: Failure): number {
  const askedMs = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(askedMs, jittered(Math.min(capMs, baseMs * 2 ** failures), random));
}

export interface RepeatOptions {
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Told of the first failure only: those that follow it say the same. */
  readonly onError: (error: unknown) => void;
}

/** Repeats `work` until it succeeds; once the signal aborts it gets one last chance. Resolves with whether it did. */
export async function repeatUntilDone(work: () => Promise<unknown>, options: RepeatOptions): Promise<boolean> {
  const { backoff, clock, random, signal, onError } = options;
  for (let failures = 0; ; failures++) {
    const isLast = signal.aborted;
    try {
      await work();
      return true;
    } catch (error) {
      if (failures === 0) onError(error);
      if (isLast) return false;
      await clock.sleep(backoffMs(backoff, { failures, error, random }), signal);
    }
  }
}
