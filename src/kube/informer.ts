// Keeps a copy of every object of one kind: lists, then watches, and goes on through whatever the server does.
// Listeners see each change once and in order; `freshAt` says how current the copy is known to be.
import type { Clock, Random } from "../clock.ts";
import { KubeError, messageOf } from "../errors.ts";
import type { KubeObject } from "../resources/kube-object.ts";
import { keyOf, type Resource } from "../resources/resource.ts";
import type { KubeClient } from "./client.ts";
import type { WatchEvent } from "./watch.ts";

export interface Change<T> {
  readonly key: string;
  /** Undefined when it was deleted. */
  readonly current?: T | undefined;
  readonly previous?: T | undefined;
  /** A list told it: states between this and the previous one may never have been seen. */
  readonly isRelisted?: boolean;
}

export interface Informer<T> {
  /** Runs until `signal` aborts; never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves with the first complete list. */
  readonly synced: Promise<void>;
  isSynced(): boolean;
  get(key: string): T | undefined;
  values(): Iterable<T>;
  subscribe(listener: (change: Change<T>) => void): void;
  /** Called whenever the copy is known to be newer than before. */
  onProgress(listener: () => void): void;
  /** Monotonic milliseconds: whatever happened before this moment is in the copy. */
  freshAt(): number;
}

interface InformerOptions {
  readonly client: KubeClient;
  readonly resource: Resource;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: (line: string) => void;
}

const PAGE_SIZE = 500;
const BACKOFF_BASE_MS = 100;
const BACKOFF_CAP_MS = 30_000;
const MIN_WATCH_SECONDS = 300;

export function createInformer<T extends KubeObject>(options: InformerOptions): Informer<T> {
  const reflector = new Reflector<T>(options);
  return {
    run: (signal) => reflector.run(signal),
    synced: reflector.synced,
    isSynced: () => reflector.isSynced,
    get: (key) => reflector.objects.get(key),
    values: () => reflector.objects.values(),
    subscribe: (listener) => void reflector.listeners.push(listener),
    onProgress: (listener) => void reflector.progressListeners.push(listener),
    freshAt: () => reflector.freshAt,
  };
}

class Reflector<T extends KubeObject> {
  readonly objects = new Map<string, T>();
  readonly listeners: ((change: Change<T>) => void)[] = [];
  readonly progressListeners: (() => void)[] = [];
  readonly synced: Promise<void>;
  isSynced = false;
  freshAt = Number.NEGATIVE_INFINITY;
  #resourceVersion: string | undefined;
  readonly #options: InformerOptions;
  readonly #onSynced: () => void;

  constructor(options: InformerOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.synced = promise;
    this.#onSynced = resolve;
  }

  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === undefined) await this.#list();
        failures = 0;
        await this.#watch(signal);
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        await this.#pause(error, failures, signal);
      }
    }
  }

  async #pause(error: unknown, failures: number, signal: AbortSignal): Promise<void> {
    const { clock, random, log, resource } = this.#options;
    if (error instanceof KubeError && error.status === 410) this.#resourceVersion = undefined;
    const ceilingMs = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** failures);
    const asked = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
    log(`watching ${resource.plural}: ${messageOf(error)}; going on`);
    await clock.sleep(Math.max(asked, ceilingMs * (0.5 + random.fraction() / 2)), signal);
  }

  /** Tells only what differs from the copy, deletions included. */
  async #list(): Promise<void> {
    const { client, resource, clock } = this.#options;
    const begunAt = clock.monotonicMs();
    const listed = new Map<string, T>();
    let continueToken = "";
    let resourceVersion = "";
    do {
      const page = await client.list<T>(resource, { limit: PAGE_SIZE, continueToken });
      for (const item of page.items) listed.set(keyOf(item.metadata), item);
      continueToken = page.continueToken;
      resourceVersion = page.resourceVersion;
    } while (continueToken !== "");

    for (const [key, previous] of this.objects) if (!listed.has(key)) this.#tell({ key, previous, isRelisted: true });
    for (const [key, current] of listed)
      this.#tell({ key, current, previous: this.objects.get(key), isRelisted: true });
    this.#resourceVersion = resourceVersion;
    this.isSynced = true;
    this.#onSynced();
    this.#progress(begunAt);
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, resource, random } = this.#options;
    const timeoutSeconds = Math.round(MIN_WATCH_SECONDS * (1 + random.fraction()));
    const resourceVersion = this.#resourceVersion ?? "";
    for await (const event of client.watch<T>(resource, { resourceVersion, timeoutSeconds, signal })) {
      if (signal.aborted) return;
      if (event.kind === "expired") {
        this.#resourceVersion = undefined;
        return;
      }
      this.#take(event);
    }
  }

  #take(event: Exclude<WatchEvent<T>, { kind: "expired" }>): void {
    const { log, resource, clock } = this.#options;
    if (event.kind === "undecodable") {
      log(`watching ${resource.plural}: ${event.reason}; passed over`);
      return;
    }
    if (event.kind === "bookmark") {
      this.#resourceVersion = event.resourceVersion;
    } else {
      const key = keyOf(event.object.metadata);
      const current = event.kind === "deleted" ? undefined : event.object;
      this.#tell({ key, current, previous: this.objects.get(key) });
      this.#resourceVersion = event.object.metadata.resourceVersion;
    }
    this.#progress(clock.monotonicMs());
  }

  #tell(change: Change<T>): void {
    const { key, current, previous } = change;
    if (current && current.metadata.resourceVersion === previous?.metadata.resourceVersion) return;
    if (current) this.objects.set(key, current);
    else this.objects.delete(key);
    for (const listener of this.listeners) this.#guarded(() => listener(change));
  }

  #progress(at: number): void {
    this.freshAt = at;
    for (const listener of this.progressListeners) this.#guarded(listener);
  }

  #guarded(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.#options.log(`a listener of ${this.#options.resource.plural} failed: ${messageOf(error)}`);
    }
  }
}
