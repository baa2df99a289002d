// Brings a copy to the server's state and keeps it there: lists, then follows the watch, and goes on through whatever
// the server does. Kubernetes API concepts, "Efficient detection of changes"; client-go's reflector is the model.
import { backoffMs } from "../backoff.ts";
import { type Clock, jittered, type Random } from "../clock.ts";
import { KubeError, TransportError } from "../errors.ts";
import type { KubeObject } from "../resources/kube-object.ts";
import { keyOf, type Resource } from "../resources/resource.ts";
import { type Attempt, createTroubles, failedSince, type Troubles } from "../telemetry/troubles.ts";
import type { ListPage } from "./answer.ts";
import type { CollectionOptions, KubeClient } from "./client.ts";
import { isAtLeast } from "./resource-version.ts";
import type { WatchEvent } from "./watch.ts";

/** What the reflector keeps up to date. */
export interface Copy<T> {
  /** Everything there is, as listed. */
  replace(objects: ReadonlyMap<string, T>): void;
  set(key: string, object: T): void;
  delete(key: string): void;
  /** Whatever was written before this monotonic moment is in the copy. */
  freshSince(at: number): void;
}

export interface ReflectorOptions extends CollectionOptions {
  readonly client: KubeClient;
  readonly resource: Resource;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: (line: string) => void;
  /** Shared with others who ask the same API; default: its own. */
  readonly troubles?: Troubles;
}

/** What a read of the server's newest version says: whatever was written before `at` has at most this version. */
interface Fence {
  readonly at: number;
  readonly resourceVersion: string;
}

const PAGE_SIZE = 500;
const BACKOFF = { baseMs: 200, capMs: 30_000 };
const MIN_WATCH_SECONDS = 300;
/** A server sends a bookmark about every minute: after this long without any event the connection is taken for dead. */
const IDLE_DEADLINE_MS = 130_000;
/** A watch that ends before this is a failure, so that a server that ends each at once is not asked in a loop. */
const MIN_WATCH_MS = 1_000;

/** Runs until `signal` aborts; never rejects. */
export async function reflect<T extends KubeObject>(
  options: ReflectorOptions,
  copy: Copy<T>,
  signal: AbortSignal,
): Promise<void> {
  const reflector = new Reflector(options, copy, signal);
  while (!signal.aborted) await reflector.turn();
}

class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions;
  readonly #copy: Copy<T>;
  readonly #signal: AbortSignal;
  readonly #troubles: Troubles;
  /** Undefined when only a list can tell the state. */
  #resourceVersion: string | undefined;
  #failures = 0;
  /** The first of this row of failures, in monotonic milliseconds. */
  #failingSince = 0;
  /** The server said so, and no watch has served for a while since. */
  #isExpired = false;
  #heardAt = 0;
  /** Of this watch; undefined until it was read. */
  #fence: Fence | undefined;
  #isPastFence = false;

  constructor(options: ReflectorOptions, copy: Copy<T>, signal: AbortSignal) {
    this.#options = options;
    this.#copy = copy;
    this.#signal = signal;
    this.#troubles = options.troubles ?? createTroubles({ ...options, signal, meanwhile: () => "asking again" });
  }

  /** One list, where one is needed, and one watch to its end; then the pause that a failure asks for. */
  async turn(): Promise<void> {
    try {
      if (this.#resourceVersion === undefined) await this.#list();
      await this.#watch();
      this.#beginRow();
    } catch (error) {
      if (!this.#signal.aborted) await this.#pause(error);
    }
  }

  async #pause(error: unknown): Promise<void> {
    const { clock, random } = this.#options;
    const isExpired = error instanceof KubeError && error.status === 410;
    if (isExpired) {
      this.#resourceVersion = undefined;
      // The server is back: the pauses of its outage say nothing about when to list.
      if (!this.#isExpired) this.#failures = 0;
      this.#isExpired = true;
    }
    const waitMs = backoffMs(BACKOFF, { failures: this.#failures, error, random });
    if (this.#failures === 0) this.#failingSince = failedSince(error, clock);
    // Connections end now and then, and a server that started again has forgotten what was watched: both pass by asking
    // again.
    const passes = this.#failures === 0 && (isExpired || error instanceof TransportError);
    if (!passes) this.#troubles.failed(this.#attempt(), error, this.#failingSince);
    this.#failures += 1;
    await clock.sleep(waitMs, this.#signal);
  }

  #beginRow(): void {
    this.#failures = 0;
    this.#isExpired = false;
  }

  #attempt(): Attempt {
    const { resource, namespace } = this.#options;
    const what = `watching ${resource.plural}`;
    return { what, subject: namespace === undefined ? what : `${what} in ${namespace}` };
  }

  async #list(): Promise<void> {
    const begunAt = this.#options.clock.monotonicMs();
    const listed = new Map<string, T>();
    const resourceVersion = await this.#listPages(listed, PAGE_SIZE).catch((error: unknown) => {
      // The snapshot behind a slow client's pages was compacted: without pages there is nothing to expire.
      if (!(error instanceof KubeError && error.status === 410)) throw error;
      listed.clear();
      return this.#listPages(listed, undefined);
    });
    this.#copy.replace(listed);
    this.#resourceVersion = resourceVersion;
    this.#copy.freshSince(begunAt);
  }

  async #listPages(into: Map<string, T>, limit: number | undefined): Promise<string> {
    const { client, resource, namespace, isMetadataOnly } = this.#options;
    let page: ListPage<T> | undefined;
    do {
      const continueToken = page?.continueToken ?? "";
      page = await client.list<T>(resource, {
        namespace,
        isMetadataOnly,
        limit,
        continueToken,
        signal: this.#signal,
      });
      for (const item of page.items) this.#addListed(into, item);
    } while (page.continueToken !== "");
    return page.resourceVersion;
  }

  #addListed(into: Map<string, T>, item: T): void {
    if (item.metadata?.name) into.set(keyOf(item.metadata), item);
    else this.#passOver("a listed object has no name");
  }

  async #watch(): Promise<void> {
    const { client, resource, namespace, isMetadataOnly, random, clock } = this.#options;
    const timeoutSeconds = Math.round(MIN_WATCH_SECONDS * (1 + random.fraction()));
    const resourceVersion = this.#resourceVersion ?? "";
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#signal, stop.signal]);
    const begunAt = clock.monotonicMs();
    this.#heardAt = begunAt;
    this.#fence = undefined;
    this.#isPastFence = false;
    void this.#endWhenSilent(stop, signal);
    void this.#readFence(signal);
    try {
      const asked = { namespace, isMetadataOnly, resourceVersion, timeoutSeconds, signal };
      for await (const event of client.watch<T>(resource, asked)) {
        if (this.#signal.aborted) return;
        this.#take(event);
      }
    } catch (error) {
      if (stop.signal.aborted) return;
      // A failure after a while of good service begins a new row of them; what is cut off was answered until then.
      const servedUntil = isCutOff(error) ? clock.monotonicMs() : this.#heardAt;
      if (servedUntil - begunAt >= MIN_WATCH_MS) this.#beginRow();
      throw error;
    } finally {
      stop.abort();
    }
    if (clock.monotonicMs() - begunAt >= MIN_WATCH_MS) return;
    const message = `watching ${resource.plural}: the server ended the watch at once`;
    throw new TransportError(message, { problem: "cut-short", isRetryable: true });
  }

  /** A peer that is gone without a word (a half-open connection) sends nothing, not even the end. */
  async #endWhenSilent(stop: AbortController, signal: AbortSignal): Promise<void> {
    const { clock, log, resource } = this.#options;
    const remainingMs = () => this.#heardAt + IDLE_DEADLINE_MS - clock.monotonicMs();
    while (!signal.aborted && remainingMs() > 0) await clock.sleep(remainingMs(), signal);
    if (signal.aborted) return;
    log(`watching ${resource.plural}: no event for ${IDLE_DEADLINE_MS / 1000} s; asking again`);
    stop.abort();
  }

  #take(event: WatchEvent<T>): void {
    const heardAt = this.#options.clock.monotonicMs();
    this.#heardAt = heardAt;
    switch (event.kind) {
      case "expired":
        throw new KubeError(event.reason, { status: 410, reason: "Expired" });
      case "undecodable":
        // What it told is lost, and only a list brings it back; the pause keeps a server that repeats it bearable.
        this.#resourceVersion = undefined;
        throw new Error(`${event.reason}; listing again`);
      case "nameless":
        this.#passOver(event.reason);
        break;
      case "bookmark":
        break;
      case "deleted":
        this.#copy.delete(keyOf(event.object.metadata));
        break;
      default:
        this.#copy.set(keyOf(event.object.metadata), event.object);
    }
    this.#advance("object" in event ? event.object.metadata.resourceVersion : event.resourceVersion, heardAt);
  }

  /**
   * A watch first repeats what happened while there was none: until its fence is passed, an event says nothing about
   * how new the copy is.
   */
  #advance(resourceVersion: string | undefined, heardAt: number): void {
    if (!resourceVersion) return;
    this.#resourceVersion = resourceVersion;
    if (this.#isPastFence) this.#copy.freshSince(heardAt);
    else this.#checkFence();
  }

  #checkFence(): void {
    const fence = this.#fence;
    if (!fence || !isAtLeast(this.#resourceVersion ?? "", fence.resourceVersion)) return;
    this.#isPastFence = true;
    this.#copy.freshSince(fence.at);
  }

  async #readFence(signal: AbortSignal): Promise<void> {
    const { client, resource, namespace, isMetadataOnly, clock, random } = this.#options;
    while (!signal.aborted && !this.#fence) {
      const at = clock.monotonicMs();
      try {
        const { resourceVersion } = await client.list(resource, { namespace, isMetadataOnly, limit: 1, signal });
        if (signal.aborted) return;
        this.#fence = { at, resourceVersion };
        this.#checkFence();
        // A watch that is refused is so by now.
        await clock.sleep(MIN_WATCH_MS, signal);
        if (!signal.aborted) this.#troubles.worked(this.#attempt());
      } catch {
        await clock.sleep(jittered(BACKOFF.capMs, random), signal);
      }
    }
  }

  #passOver(reason: string): void {
    const { log, resource } = this.#options;
    log(`watching ${resource.plural}: ${reason}; passed over`);
  }
}

function isCutOff(error: unknown): boolean {
  return error instanceof TransportError && error.problem === "cut-short";
}
