// A bound on how many things run side by side. Who waits is served in order, and leaves when nobody wants the result.

export interface Slots {
  /** Rejects with the signal's reason when it aborts before a slot is free. */
  run<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T>;
  /** Nothing runs and nobody waits. */
  isIdle(): boolean;
}

export function createSlots(count: number): Slots {
  const waiting = new Set<() => void>();
  let free = count;

  const release = () => {
    free += 1;
    const [next] = waiting;
    if (next) next();
  };
  const acquire = (signal: AbortSignal | undefined) =>
    new Promise<void>((resolve, reject) => {
      const enter = () => {
        waiting.delete(enter);
        signal?.removeEventListener("abort", leave);
        free -= 1;
        resolve();
      };
      const leave = () => {
        waiting.delete(enter);
        reject(signal?.reason);
      };
      if (signal?.aborted) return leave();
      if (free > 0) return enter();
      waiting.add(enter);
      signal?.addEventListener("abort", leave, { once: true });
    });

  return {
    isIdle: () => free === count && waiting.size === 0,
    async run(signal, work) {
      await acquire(signal);
      try {
        return await work();
      } finally {
        release();
      }
    },
  };
}
