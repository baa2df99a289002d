// Secrets that are referred to, read one by one in rounds, in the background: it takes no more than a role that may
// `get` Secrets, and neither list nor watch them. docs/compatibility.md, section 3.3.
import { aborted, type Clock, type Random } from "../clock.ts";
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
  /** `changed` tells of them no longer: they are read at once, as one may have changed untold, and then often. */
  relyOnReads(): void;
  /** Reads until `signal` aborts, then waits for what is under way. Call once. */
  run(signal: AbortSignal): Promise<void>;
}

/** Each is read once a round. Over more than `SECRETS_A_ROUND` a round takes as much longer. */
export const ROUND_MS = 10_000;
export const SECRETS_A_ROUND = 500;
/** Where changes are told, and reads only make sure. */
const SURE_ROUND_MS = 5 * 60_000;
const READS = { concurrency: 8, concurrencyPerNamespace: 2 };
const BACKOFF = { baseMs: 100, capMs: ROUND_MS };

export function createPolledSecrets(options: PolledSecretsOptions): PolledSecrets {
  return new Polled(options);
}

class Polled implements PolledSecrets {
  readonly #options: PolledSecretsOptions;
  readonly #queue: KeyedQueue;
  readonly #references = new References();
  readonly #listeners: ((key: string) => void)[] = [];
  /** In the order of their turns. What nobody refers to any more stays until its turn comes. */
  readonly #known = new Map<string, KnownSecret>();
  #roundMs = ROUND_MS;
  /** Until the next turn; aborts when that comes sooner. */
  #pause = new AbortController();

  constructor(options: PolledSecretsOptions) {
    const { clock, random, onError } = options;
    this.#options = options;
    this.#queue = createKeyedQueue({
      clock,
      random,
      ...READS,
      backoff: BACKOFF,
      work: (key, signal) => this.#read(key, signal),
      onError,
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#queue.run(signal), this.#takeTurns(signal)]);
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
      this.#pause.abort();
    }
  }

  changed(key: string): void {
    if (this.#known.has(key)) this.#queue.add(key);
  }

  relyOnChanges(): void {
    this.#roundMs = SURE_ROUND_MS;
  }

  relyOnReads(): void {
    this.#roundMs = ROUND_MS;
    for (const key of this.#known.keys()) this.#queue.add(key);
    this.#pause.abort();
  }

  /** Spread evenly over the round, however many were read at once when they came. */
  async #takeTurns(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    void aborted(signal).then(() => this.#pause.abort());
    let turnAt = clock.monotonicMs();
    while (!signal.aborted) {
      const spacingMs = this.#spacingMs();
      const now = clock.monotonicMs();
      if (now < turnAt + spacingMs) {
        this.#pause = new AbortController();
        await clock.sleep(turnAt + spacingMs - now, this.#pause.signal);
      } else {
        // A late timer is made up for; a process that stood still does not read all at once.
        turnAt = Math.max(turnAt + spacingMs, now - spacingMs);
        this.#readNext();
      }
    }
  }

  #spacingMs(): number {
    return Math.max(this.#roundMs / Math.max(1, this.#known.size), ROUND_MS / SECRETS_A_ROUND);
  }

  /** The first of those that are still referred to; it becomes the last. */
  #readNext(): void {
    for (const [key, known] of this.#known) {
      this.#known.delete(key);
      if (!this.#references.has(key)) continue;
      this.#known.set(key, known);
      this.#queue.add(key);
      return;
    }
  }

  async #read(key: string, signal: AbortSignal): Promise<WorkResult> {
    if (!this.#known.has(key)) return "done";
    const known = await this.#ask(key, signal);
    if (this.#known.has(key) && !isSame(known, this.read(key))) {
      this.#known.set(key, known);
      for (const listener of this.#listeners) listener(key);
    }
    return "done";
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
