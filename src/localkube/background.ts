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
  /** Told what kept a piece of work from being done, as a full disk does. */
  readonly onError: (error: unknown) => void;
}

/**
 * One piece of work after another. What fails ends only the piece it meets: a refusal and what is begun when the end
 * comes unheard, the rest through `onError`. The next start does it again.
 */
export function inOrder({ signal, onError }: Background): (work: () => Promise<void>) => void {
  let last = Promise.resolve();
  return (work) => {
    last = last.then(async () => {
      if (signal.aborted) return;
      try {
        await work();
      } catch (error) {
        if (!signal.aborted && !(error instanceof StatusError)) onError(error);
      }
    });
  };
}
