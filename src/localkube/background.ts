// What the embedded API does by itself, as a cluster's controllers do.
import type { Clock, Random } from "../clock.ts";
import { StatusError } from "./statuses.ts";
import type { Store } from "./store.ts";

export interface Background {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * One piece of work after another. A refusal ends only the piece it meets, and what is begun when the end comes may fail
 * unheard: the next start does it again.
 */
export function inOrder({ signal }: Background): (work: () => Promise<void>) => void {
  let last = Promise.resolve();
  return (work) => {
    last = last.then(async () => {
      if (signal.aborted) return;
      try {
        await work();
      } catch (error) {
        if (!signal.aborted && !(error instanceof StatusError)) throw error;
      }
    });
  };
}
