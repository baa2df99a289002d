// Copies of one kind in several namespaces, read as one: for who may not list it in all of them.
import type { Informer } from "./informer.ts";

/** At least one; no two of the same namespace. */
export function joinInformers<T>(informers: readonly Informer<T>[]): Informer<T> {
  return {
    run: (signal) => Promise.all(informers.map((one) => one.run(signal))).then(() => undefined),
    synced: Promise.all(informers.map((one) => one.synced)).then(() => undefined),
    isSynced: () => informers.every((one) => one.isSynced()),
    get: (key) => informers.find((one) => one.get(key) !== undefined)?.get(key),
    values: () => informers.values().flatMap((one) => one.values()),
    subscribe: (listener, signal) => {
      for (const one of informers) one.subscribe(listener, signal);
    },
    onProgress: (listener) => {
      for (const one of informers) one.onProgress(listener);
    },
    freshAt: () => Math.min(...informers.map((one) => one.freshAt())),
  };
}
