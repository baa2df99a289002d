// Those who want the same thing at the same moment share one request for it.

export interface SingleFlight<T> {
  /**
   * The result of `work`, or of the call under way for the same key. The work goes on for the others when one leaves:
   * it gets no signal, and must end by itself. Rejects with the signal's reason once that aborts.
   */
  do(key: string, work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T>;
}

export function createSingleFlight<T>(): SingleFlight<T> {
  const underWay = new Map<string, Promise<T>>();
  return {
    do(key, work, signal) {
      const begun = underWay.get(key) ?? work().finally(() => underWay.delete(key));
      underWay.set(key, begun);
      return unlessAborted(begun, signal);
    },
  };
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
