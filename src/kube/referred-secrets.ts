// What is known of the Secrets that other objects refer to. `receivers/routes` asks it; the answer never waits.
import type { Secret } from "../resources/core.ts";
import type { Informer } from "./informer.ts";

export type KnownSecret =
  | { readonly kind: "found"; readonly secret: Secret }
  | { readonly kind: "missing" }
  /** Nobody has answered yet. */
  | { readonly kind: "unread" }
  /** We may not read it. */
  | { readonly kind: "unreadable" };

/** Keys are `namespace/name`. */
export interface ReferredSecrets {
  /** For a key that is referred to. */
  read(key: string): KnownSecret;
  /** The Secrets that `referrer` refers to from now on, instead of those it named before. */
  refer(referrer: string, keys: readonly string[]): void;
  /** The listener is told the key of each one of which something else is known than before. */
  subscribe(listener: (key: string) => void): void;
}

/** From the copy of all Secrets, where the process keeps one. */
export function watchedSecrets(informer: Informer<Secret>): ReferredSecrets {
  const references = new References();
  const listeners: ((key: string) => void)[] = [];
  const tell = (key: string) => {
    if (references.has(key)) for (const listener of listeners) listener(key);
  };
  informer.subscribe(({ key }) => tell(key));
  // Only now is one that the list did not name known to be missing.
  void informer.synced.then(() => references.keys().forEach(tell));
  return {
    read(key) {
      const secret = informer.get(key);
      if (!informer.isSynced()) return { kind: "unread" };
      return secret ? { kind: "found", secret } : { kind: "missing" };
    },
    refer: (referrer, keys) => references.replace(referrer, keys),
    subscribe: (listener) => void listeners.push(listener),
  };
}

/** Who refers to what. */
export class References {
  readonly #byReferrer = new Map<string, ReadonlySet<string>>();
  /** How many refer to a key. */
  readonly #counts = new Map<string, number>();

  has(key: string): boolean {
    return this.#counts.has(key);
  }

  keys(): readonly string[] {
    return [...this.#counts.keys()];
  }

  replace(referrer: string, keys: readonly string[]): void {
    const next = new Set(keys);
    for (const key of next) this.#count(key, 1);
    for (const key of this.#byReferrer.get(referrer) ?? []) this.#count(key, -1);
    if (next.size > 0) this.#byReferrer.set(referrer, next);
    else this.#byReferrer.delete(referrer);
  }

  #count(key: string, change: 1 | -1): void {
    const count = (this.#counts.get(key) ?? 0) + change;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }
}
