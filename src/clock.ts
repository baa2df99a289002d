// Time and randomness as values. `app` builds the real ones; simulations and tests hand in their own.

export interface Clock {
  /** Wall clock, milliseconds since the epoch. May jump; never used for durations or order. */
  now(): number;
  /** Monotonic milliseconds with a fraction; only differences mean something. */
  monotonicMs(): number;
  /** Resolves after `ms`, however many, or at once when `signal` aborts: check the signal afterwards. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  /** `length` unpredictable bytes. */
  bytes(length: number): Uint8Array;
  /** Uniform in [0, 1), for jitter only. */
  fraction(): number;
}

/** Resolves when `signal` aborts, at once when it has. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Does `work` with a signal that aborts after `ms`, unless it has ended by then. */
export async function within<T>(ms: number, clock: Clock, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const [done, overdue] = [new AbortController(), new AbortController()];
  void clock.sleep(ms, done.signal).then(() => done.signal.aborted || overdue.abort());
  return work(overdue.signal).finally(() => done.abort());
}

/** Between half of `ms` and all of it: those who failed together do not come back together. */
export function jittered(ms: number, random: Random): number {
  return ms * (0.5 + random.fraction() / 2);
}

/** RFC 3339 in UTC with whole seconds, as Kubernetes writes its times (metav1.Time). */
export function toKubeTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}

/** RFC 3339 in UTC with exactly six fractional digits: metav1.MicroTime, which takes no other number of them. */
export function toKubeMicroTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, -1)}000Z`;
}
