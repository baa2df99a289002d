// A work queue of keys: a key never runs twice at once, one that comes while it runs runs once more, a failure comes
// back with backoff. The contract is controller-runtime's: the key alone says what to do, everything else is re-read.
// Namespaces take turns, and none has all the places: one tenant's flood or slow object does not starve the others.
import { type Backoff, backoffMs } from "./backoff.ts";
import { aborted, type Clock, type Random } from "./clock.ts";

export interface KeyedQueue {
  /** As soon as possible; overrides a later time and a backoff. */
  add(key: string): void;
  /** Works until `signal` aborts, then waits for what is under way. Call once. */
  run(signal: AbortSignal): Promise<void>;
  /** How many keys wait for their turn. */
  depth(): number;
}

/** What a key does next: run again after a while, or wait until it is added. */
export type WorkResult = "done" | { readonly afterMs: number };

interface QueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly concurrency: number;
  /** Of one namespace: of the keys that begin alike up to their slash. */
  readonly concurrencyPerNamespace: number;
  readonly work: (key: string, signal: AbortSignal) => Promise<WorkResult>;
  readonly backoff: Backoff;
  readonly onError: (key: string, error: unknown, attempt: number, retryInMs: number) => void;
  /** Told of each run as it begins, and how long its key waited, in milliseconds. */
  readonly onBegin?: (waitedMs: number) => void;
  /** Told of each run as it ends, and how long it took, in milliseconds. */
  readonly onEnd?: (workedMs: number) => void;
}

interface Entry {
  readonly key: string;
  isRunning: boolean;
  isDue: boolean;
  /** Monotonic milliseconds. */
  dueAt: number;
  failures: number;
  timer: AbortController | undefined;
}

/** The keys of one namespace that are due, in the order they came. */
interface Lane {
  readonly namespace: string;
  readonly due: Fifo<Entry>;
  running: number;
  /** It stands in the row of those whose turn comes. */
  isInRow: boolean;
}

export function createKeyedQueue(options: QueueOptions): KeyedQueue {
  const queue = new KeyedWork(options);
  return { add: (key) => queue.add(key), run: (signal) => queue.run(signal), depth: () => queue.depth() };
}

class KeyedWork {
  readonly #options: QueueOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #lanes = new Map<string, Lane>();
  readonly #row = new Fifo<Lane>();
  #running = 0;
  #signal: AbortSignal | undefined;
  #onIdle: () => void = () => {};

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    this.#pump();
    await aborted(signal);
    for (const { timer } of this.#entries.values()) timer?.abort();
    if (this.#running === 0) return;
    await new Promise<void>((done) => {
      this.#onIdle = done;
    });
  }

  add(key: string): void {
    const idle = { isRunning: false, isDue: false, dueAt: 0, failures: 0, timer: undefined };
    const entry = this.#entries.get(key) ?? { key, ...idle };
    this.#entries.set(key, entry);
    entry.timer?.abort();
    entry.timer = undefined;
    if (entry.isDue) return;
    entry.isDue = true;
    entry.dueAt = this.#options.clock.monotonicMs();
    if (!entry.isRunning) this.#enqueue(entry);
    this.#pump();
  }

  depth(): number {
    let depth = 0;
    for (const { isDue, isRunning } of this.#entries.values()) if (isDue && !isRunning) depth += 1;
    return depth;
  }

  #enqueue(entry: Entry): void {
    const namespace = namespaceOf(entry.key);
    const lane = this.#lanes.get(namespace) ?? { namespace, due: new Fifo<Entry>(), running: 0, isInRow: false };
    this.#lanes.set(namespace, lane);
    lane.due.push(entry);
    this.#lineUp(lane);
  }

  #lineUp(lane: Lane): void {
    if (lane.isInRow || lane.due.isEmpty() || lane.running >= this.#options.concurrencyPerNamespace) return;
    lane.isInRow = true;
    this.#row.push(lane);
  }

  #pump(): void {
    while (this.#signal && !this.#signal.aborted && this.#running < this.#options.concurrency) {
      const lane = this.#row.shift();
      const entry = lane?.due.shift();
      if (!lane || !entry) return;
      lane.isInRow = false;
      lane.running += 1;
      this.#lineUp(lane);
      void this.#runOnce(entry, lane, this.#signal);
    }
  }

  async #runOnce(entry: Entry, lane: Lane, signal: AbortSignal): Promise<void> {
    entry.isRunning = true;
    entry.isDue = false;
    this.#running += 1;
    const { clock, work, onBegin, onEnd } = this.#options;
    const beganAt = clock.monotonicMs();
    onBegin?.(beganAt - entry.dueAt);
    try {
      const result = await work(entry.key, signal);
      entry.failures = 0;
      if (result !== "done") this.#wait(entry, result.afterMs);
    } catch (error) {
      if (!signal.aborted) this.#backOff(entry, error);
    } finally {
      onEnd?.(clock.monotonicMs() - beganAt);
      this.#finish(entry, lane, signal);
    }
  }

  #finish(entry: Entry, lane: Lane, signal: AbortSignal): void {
    entry.isRunning = false;
    this.#running -= 1;
    lane.running -= 1;
    if (entry.isDue) this.#enqueue(entry);
    else if (!entry.timer) this.#entries.delete(entry.key);
    this.#lineUp(lane);
    if (lane.running === 0 && lane.due.isEmpty()) this.#lanes.delete(lane.namespace);
    if (signal.aborted && this.#running === 0) this.#onIdle();
    this.#pump();
  }

  #backOff(entry: Entry, error: unknown): void {
    const { backoff, random, onError } = this.#options;
    const retryInMs = backoffMs(backoff, { failures: entry.failures, error, random });
    entry.failures += 1;
    this.#wait(entry, retryInMs);
    onError(entry.key, error, entry.failures, retryInMs);
  }

  #wait(entry: Entry, ms: number): void {
    if (entry.isDue) return;
    const timer = new AbortController();
    entry.timer = timer;
    void this.#options.clock.sleep(Math.max(0, ms), timer.signal).then(() => {
      if (!timer.signal.aborted) this.add(entry.key);
    });
  }
}

function namespaceOf(key: string): string {
  const slash = key.indexOf("/");
  return slash < 0 ? "" : key.slice(0, slash);
}

/** First in, first out, without moving what is left at each step as an array's `shift` does. */
class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  isEmpty(): boolean {
    return this.#head === this.#items.length;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.isEmpty()) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head += 1;
    // Each item is moved at most once for each one taken.
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
