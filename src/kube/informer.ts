// A copy of every object of one kind, kept by a reflector. Listeners see each change once and in order; `freshAt` says
// how current the copy is known to be.
import { messageOf } from "../errors.ts";
import type { KubeObject } from "../resources/kube-object.ts";
import { withoutManagedFields } from "./keep.ts";
import { type Copy, type ReflectorOptions, reflect } from "./reflector.ts";

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
  /** Tells the listener of every object there is, then of each change, until `signal` aborts. */
  subscribe(listener: (change: Change<T>) => void, signal?: AbortSignal): void;
  /** Called whenever the copy is known to be newer than before. */
  onProgress(listener: () => void): void;
  /** Monotonic milliseconds: whatever happened before this moment is in the copy. */
  freshAt(): number;
}

interface InformerOptions<T> extends ReflectorOptions {
  /** What of an object is kept in memory; default: all but `metadata.managedFields`. */
  readonly keep?: (object: T) => T;
}

export function createInformer<T extends KubeObject>(options: InformerOptions<T>): Informer<T> {
  const copy = new KeptCopy<T>(options);
  return {
    run: (signal) => reflect(options, copy, signal),
    synced: copy.synced,
    isSynced: () => copy.isSynced,
    get: (key) => copy.objects.get(key),
    values: () => copy.objects.values(),
    subscribe: (listener, signal) => copy.subscribe(listener, signal),
    onProgress: (listener) => void copy.progressListeners.push(listener),
    freshAt: () => copy.freshAt,
  };
}

class KeptCopy<T extends KubeObject> implements Copy<T> {
  readonly objects = new Map<string, T>();
  readonly #listeners = new Set<(change: Change<T>) => void>();
  readonly progressListeners: (() => void)[] = [];
  readonly synced: Promise<void>;
  isSynced = false;
  freshAt = Number.NEGATIVE_INFINITY;
  readonly #options: InformerOptions<T>;
  readonly #onSynced: () => void;

  constructor(options: InformerOptions<T>) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.synced = promise;
    this.#onSynced = resolve;
  }

  subscribe(listener: (change: Change<T>) => void, signal?: AbortSignal): void {
    if (signal?.aborted) return;
    for (const [key, current] of this.objects) this.#guarded(() => listener({ key, current, isRelisted: true }));
    this.#listeners.add(listener);
    signal?.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }

  /** Tells only what differs from the copy, deletions included. */
  replace(objects: ReadonlyMap<string, T>): void {
    for (const key of this.objects.keys()) if (!objects.has(key)) this.delete(key, true);
    for (const [key, object] of objects) this.set(key, object, true);
    this.isSynced = true;
    this.#onSynced();
  }

  set(key: string, object: T, isRelisted = false): void {
    const previous = this.objects.get(key);
    if (object.metadata.resourceVersion !== undefined && isSame(object, previous)) return;
    const current = (this.#options.keep ?? withoutManagedFields)(object);
    this.objects.set(key, current);
    this.#tell({ key, current, previous, isRelisted });
  }

  delete(key: string, isRelisted = false): void {
    const previous = this.objects.get(key);
    if (!this.objects.delete(key)) return;
    this.#tell({ key, previous, isRelisted });
  }

  freshSince(at: number): void {
    if (at <= this.freshAt) return;
    this.freshAt = at;
    for (const listener of this.progressListeners) this.#guarded(listener);
  }

  #tell(change: Change<T>): void {
    for (const listener of this.#listeners) this.#guarded(() => listener(change));
  }

  #guarded(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.#options.log(`a listener of ${this.#options.resource.plural} failed: ${messageOf(error)}`);
    }
  }
}

function isSame(object: KubeObject, previous: KubeObject | undefined): boolean {
  const { uid, resourceVersion } = object.metadata;
  return previous?.metadata.uid === uid && previous?.metadata.resourceVersion === resourceVersion;
}
