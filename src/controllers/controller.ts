// Turns what an informer sees into keys for a queue. The reconciler behind the queue gets the key and nothing else.
import type { Change, Informer } from "../kube/informer.ts";
import type { KeyedQueue } from "../queue.ts";

interface ControllerOptions<T> {
  readonly informer: Informer<T>;
  readonly queue: KeyedQueue;
  /** Whether a change makes a pass due. */
  readonly shouldReconcile: (change: Change<T>) => boolean;
  /** Ends it. */
  readonly signal: AbortSignal;
}

export function runController<T>({ informer, queue, shouldReconcile, signal }: ControllerOptions<T>): void {
  informer.subscribe((change) => {
    if (shouldReconcile(change)) queue.add(change.key);
  }, signal);
}
