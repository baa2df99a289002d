// A work queue of keys: a key never runs twice at once, one that comes while it runs runs once more, a failure comes
// back with backoff. The contract is controller-runtime's: the key alone says what to do, everything else is re-read.
import type { Clock, Random } from "./clock.ts";

export interface KeyedQueue {
  /** As soon as possible; overrides a later time and a backoff. */
  add(key: string): void;
  /** Works until `signal` aborts, then waits for what is under way. */
  run(signal: AbortSignal): Promise<void>;
}

interface QueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly concurrency: number;
  readonly work: (key: string, signal: AbortSignal) => Promise<"done" | { readonly afterMs: number }>;
  readonly backoff: { readonly baseMs: number; readonly capMs: number };
  readonly onError: (key: string, error: unknown, attempt: number, retryInMs: number) => void;
}

interface Entry {
  isRunning: boolean;
  isDue: boolean;
  failures: number;
  timer: AbortController | undefined;
}

/** No timer of the platform takes longer. */
const MAX_WAIT_MS = 2 ** 31 - 1;

export function createKeyedQueue(options: QueueOptions): KeyedQueue {
  const queue = new KeyedWork(options);
  return { add: (key) => queue.add(key), run: (signal) => queue.run(signal) };
}

class KeyedWork {
  readonly #options: QueueOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #ready: string[] = [];
  #running = 0;
  #signal: AbortSignal | undefined;
  #onIdle: () => void = () => {};

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    this.#pump();
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      signal.addEventListener("abort", () => {
        for (const { timer } of this.#entries.values()) timer?.abort();
        if (this.#running === 0) resolve();
      });
    });
  }

  add(key: string): void {
    const entry = this.#entries.get(key) ?? { isRunning: false, isDue: false, failures: 0, timer: undefined };
    this.#entries.set(key, entry);
    entry.timer?.abort();
    entry.timer = undefined;
    if (entry.isDue) return;
    entry.isDue = true;
    if (!entry.isRunning) this.#ready.push(key);
    this.#pump();
  }

  #pump(): void {
    while (this.#signal && !this.#signal.aborted && this.#running < this.#options.concurrency) {
      const key = this.#ready.shift();
      const entry = key === undefined ? undefined : this.#entries.get(key);
      if (key === undefined || !entry) return;
      void this.#runOnce(key, entry, this.#signal);
    }
  }

  async #runOnce(key: string, entry: Entry, signal: AbortSignal): Promise<void> {
    entry.isRunning = true;
    entry.isDue = false;
    this.#running += 1;
    try {
      const result = await this.#options.work(key, signal);
      entry.failures = 0;
      if (result !== "done") this.#wait(key, entry, result.afterMs);
    } catch (error) {
      if (!signal.aborted) this.#backOff(key, entry, error);
    }
    entry.isRunning = false;
    this.#running -= 1;
    if (entry.isDue) this.#ready.push(key);
    else if (!entry.timer) this.#entries.delete(key);
    if (signal.aborted && this.#running === 0) this.#onIdle();
    this.#pump();
  }

  #backOff(key: string, entry: Entry, error: unknown): void {
    const { backoff, random, onError } = this.#options;
    const ceilingMs = Math.min(backoff.capMs, backoff.baseMs * 2 ** entry.failures);
    entry.failures += 1;
    const retryInMs = ceilingMs * (0.5 + random.fraction() / 2);
    onError(key, error, entry.failures, retryInMs);
    this.#wait(key, entry, retryInMs);
  }

  #wait(key: string, entry: Entry, ms: number): void {
    if (entry.isDue) return;
    const timer = new AbortController();
    entry.timer = timer;
    void this.#options.clock.sleep(Math.min(Math.max(0, ms), MAX_WAIT_MS), timer.signal).then(() => {
      if (!timer.signal.aborted) this.add(key);
    });
  }
}
