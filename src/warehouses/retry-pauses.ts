// Pauses before failed patches are tried again. What failed because the API was away need not wait to the end of its
// pause when the API answers before: `refresh` waits here.
import { backoffMs } from "../backoff.ts";
import type { Clock, Random } from "../clock.ts";
import { KubeError } from "../errors.ts";

interface RetryPausesOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** The failures of one thing since it last succeeded. */
export interface FailureRow {
  failures: number;
  /** One of its pauses was cut short: what fails by itself is not asked for whenever something else succeeds. */
  isCutShort: boolean;
}

const BACKOFF = { baseMs: 100, capMs: 30_000 };
/** Answers that were on their way when the API went away arrive while pauses are still shorter. */
const MIN_CUT_MS = 1_000;

export class RetryPauses {
  readonly #options: RetryPausesOptions;
  /** What ends each pause that may be cut short, and the moment from which on an answer does so. */
  readonly #pauses = new Map<AbortController, number>();

  constructor(options: RetryPausesOptions) {
    this.#options = options;
  }

  /** The longer, the more failures there were; ends at once when the signal aborts. */
  async pause(row: FailureRow, error: unknown): Promise<void> {
    const { clock, random, signal } = this.#options;
    const waitMs = backoffMs(BACKOFF, { failures: row.failures, error, random });
    row.failures += 1;
    const end = new AbortController();
    const askedMs = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
    if (waitMs >= MIN_CUT_MS && !row.isCutShort) this.#pauses.set(end, clock.monotonicMs() + askedMs);
    await clock.sleep(waitMs, AbortSignal.any([signal, end.signal]));
    this.#pauses.delete(end);
    row.isCutShort ||= end.signal.aborted;
  }

  /** The API answered what it was asked at this monotonic moment: pauses that it did not ask for itself end. */
  cutShort(askedAt: number): void {
    for (const [end, since] of this.#pauses) if (since < askedAt) end.abort();
  }
}
