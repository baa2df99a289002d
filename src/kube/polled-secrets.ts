// Secrets that are referred to, read one by one and again every 10 seconds, more than 500 less often, in the background:
// it takes no more than a role that may `get` Secrets, and neither list nor watch them. docs/compatibility.md, section 3.3.
import type { Clock, Random } from "../clock.ts";
import { KubeError } from "../errors.ts";
import { createKeyedQueue, type KeyedQueue, type WorkResult } from "../queue.ts";
import { SECRETS, type Secret } from "../resources/core.ts";
import type { KubeClient } from "./client.ts";
import { withoutManifest } from "./keep.ts";
import { type KnownSecret, References, type ReferredSecrets } from "./referred-secrets.ts";

interface PolledSecretsOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  /** Told at every attempt to read a Secret that we may not get. */
  readonly onUnreadable: (namespace: string) => void;
  /** Told of every read that failed and is tried again. */
  readonly onError: (key: string, error: unknown) => void;
}

export interface PolledSecrets extends ReferredSecrets {
  /** The Secret was written: it is read at once where it is referred to. */
  changed(key: string): void;
  /** From now on `changed` tells of each, and they are read again only to be sure. */
  relyOnChanges(): void;
  /** `changed` tells of them no longer: they are read at once, since one may have changed untold, and often from now on. */
  relyOnReads(): void;
  /** Reads until `signal` aborts, then waits for what is under way. Call once. */
  run(signal: AbortSignal): Promise<void>;
}

const READ_EVERY_MS = 10_000;
const BE_SURE_EVERY_MS = 5 * 60_000;
/** More than 500 Secrets are read less often, so that no more than 50 are read a second. */
const SPACING_MS = 20;
const READS = { concurrency: 8, concurrencyPerNamespace: 2 };
const BACKOFF = { baseMs: 100, capMs: READ_EVERY_MS };

export function createPolledSecrets(options: PolledSecretsOptions): PolledSecrets {
  return new Polled(options);
}

class Polled implements PolledSecrets {
  readonly #options: PolledSecretsOptions;
  readonly #queue: KeyedQueue;
  readonly #references = new References();
  readonly #listeners: ((key: string) => void)[] = [];
  /** Of every key in the queue: what nobody refers to any more stays until its turn comes. */
  readonly #known = new Map<string, KnownSecret>();
  #readEveryMs = READ_EVERY_MS;

  constructor(options: PolledSecretsOptions) {
    const { clock, random, onError } = options;
    this.#options = options;
    this.#queue = createKeyedQueue({
      clock,
      random,
      ...READS,
      backoff: BACKOFF,
      work: (key, signal) => this.#turn(key, signal),
      onError,
    });
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#queue.run(signal);
  }

  read(key: string): KnownSecret {
    return this.#known.get(key) ?? { kind: "unread" };
  }

  subscribe(listener: (key: string) => void): void {
    this.#listeners.push(listener);
  }

  refer(referrer: string, keys: readonly string[]): void {
    this.#references.replace(referrer, keys);
    for (const key of keys) {
      if (this.#known.has(key)) continue;
      this.#known.set(key, { kind: "unread" });
      this.#queue.add(key);
    }
  }

  changed(key: string): void {
    if (this.#known.has(key)) this.#queue.add(key);
  }

  relyOnChanges(): void {
    this.#readEveryMs = BE_SURE_EVERY_MS;
  }

  relyOnReads(): void {
    this.#readEveryMs = READ_EVERY_MS;
    for (const key of this.#known.keys()) this.#queue.add(key);
  }

  async #turn(key: string, signal: AbortSignal): Promise<WorkResult> {
    if (!this.#references.has(key)) {
      this.#known.delete(key);
      return "done";
    }
    const begunAt = this.#options.clock.monotonicMs();
    const known = await this.#ask(key, signal);
    if (!isSame(known, this.read(key))) {
      this.#known.set(key, known);
      for (const listener of this.#listeners) listener(key);
    }
    const everyMs = Math.max(this.#readEveryMs, this.#known.size * SPACING_MS);
    return { afterMs: begunAt + everyMs - this.#options.clock.monotonicMs() };
  }

  async #ask(key: string, signal: AbortSignal): Promise<KnownSecret> {
    const { client, onUnreadable } = this.#options;
    const [namespace = "", name = ""] = key.split("/");
    try {
      const secret = await client.get<Secret>(SECRETS, { namespace, name }, { signal });
      return secret ? { kind: "found", secret: withoutManifest(secret) } : { kind: "missing" };
    } catch (error) {
      if (!(error instanceof KubeError && error.status === 403)) throw error;
      onUnreadable(namespace);
      return { kind: "unreadable" };
    }
  }
}

function isSame(one: KnownSecret, other: KnownSecret): boolean {
  if (one.kind !== "found" || other.kind !== "found") return one.kind === other.kind;
  const [{ metadata: a }, { metadata: b }] = [one.secret, other.secret];
  return a.uid === b.uid && a.resourceVersion === b.resourceVersion;
}
