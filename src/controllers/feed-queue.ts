// Adds the keys of what an informer sees to a queue. The reconciler behind the queue gets the key and nothing else.
import type { Change, Informer } from "../kube/informer.ts";
import type { KeyedQueue } from "../queue.ts";

interface FeedOptions<T> {
  readonly informer: Informer<T>;
  readonly queue: KeyedQueue;
  /** Whether a change makes a pass due. */
  readonly shouldReconcile: (change: Change<T>) => boolean;
  /** Ends it. */
  readonly signal: AbortSignal;
}

export function feedQueue<T>({ informer, queue, shouldReconcile, signal }: FeedOptions<T>): void {
  informer.subscribe((change) => {
    if (shouldReconcile(change)) queue.add(change.key);
  }, signal);
}
