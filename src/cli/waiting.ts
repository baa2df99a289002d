// How long a command waits, and what it says when that is over: where nobody answers it asks again until then.
import { type Clock, within } from "../clock.ts";
import { TransportError } from "../errors.ts";
import { WaitTimeoutError } from "./exit-codes.ts";
import type { Progress } from "./progress.ts";
import type { Timeout } from "./timeout-option.ts";

interface WaitOptions {
  readonly clock: Clock;
  readonly progress: Progress;
  readonly timeout: Timeout;
  /** What is said when it did not come, like `1.2.0 was not discovered`. */
  readonly missing: string;
  /** Who is asked about, as the user named it. */
  readonly subject: string;
}

/** Slower after a while, so that whoever waits long costs the API little. */
const POLL_MS = { first: 200, later: 1_000, laterAfter: 5_000 };
/** One that begins when the time is over: the only one of `--timeout 0s`. */
const LAST_LOOK_MS = 5_000;

/** The time begins when it is made. */
export class Waiting {
  readonly #options: WaitOptions;
  readonly #startedAt: number;
  #isLastLook: boolean;
  /** What is known by now, to be gone on with. */
  #known: string;

  constructor(options: WaitOptions) {
    this.#options = options;
    this.#startedAt = options.clock.monotonicMs();
    this.#isLastLook = options.timeout.ms === 0;
    this.#known = `${options.subject}:`;
  }

  /** Throws `WaitTimeoutError` where no answer came in time. */
  async ask<T>(question: (signal: AbortSignal) => Promise<T>): Promise<T> {
    while (true) {
      const noAnswer = `${this.#known} the API server did not answer`;
      const answerMs = this.#isLastLook ? LAST_LOOK_MS : this.#leftMs();
      const answer = await within(answerMs, this.#options.clock, (signal) =>
        question(signal).then(
          (value) => ({ value }),
          (error) => {
            if (signal.aborted) throw this.#overdue(noAnswer);
            if (!isSilence(error)) throw error;
          },
        ),
      );
      if (answer) return answer.value;
      await this.#pause(noAnswer);
    }
  }

  /** Returns when it is time to look again; throws `WaitTimeoutError` when it is too late for that. */
  async lookAgain(why: string): Promise<void> {
    this.#known = `${why}; then`;
    await this.#pause(why);
  }

  async #pause(why: string): Promise<void> {
    const { clock, progress, timeout, missing } = this.#options;
    const leftMs = this.#leftMs();
    if (this.#isLastLook || leftMs <= 0) throw this.#overdue(why);
    progress.tell(`${missing} yet; ${why}`);
    const pollMs = timeout.ms - leftMs < POLL_MS.laterAfter ? POLL_MS.first : POLL_MS.later;
    // Each look but the last has as much time as there is between two of them.
    this.#isLastLook = leftMs < 2 * pollMs;
    await clock.sleep(this.#isLastLook ? leftMs : pollMs);
  }

  #overdue(why: string): WaitTimeoutError {
    const { missing, timeout } = this.#options;
    return new WaitTimeoutError(`${missing} within ${timeout.text}; ${why}`);
  }

  #leftMs(): number {
    const { clock, timeout } = this.#options;
    return timeout.ms - (clock.monotonicMs() - this.#startedAt);
  }
}

function isSilence(error: unknown): boolean {
  return error instanceof TransportError && error.problem === "silent";
}
