// Writes refreshes: the refresh token and, in the same merge patch, the list of pushes it is for.
// For one Warehouse there is never more than one patch in flight; what arrives meanwhile shares the next one, and a
// patch that failed is tried again for all of them together.
import type { Clock } from "../clock.ts";
import type { KubeClient } from "../kube/client.ts";
import { isDeleted } from "../kube/deleted.ts";
import { isAtLeast } from "../kube/resource-version.ts";
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import { mergePushes, pushEntry, pushesAnnotation } from "../resources/pushes.ts";
import { WAREHOUSES, type Warehouse } from "../resources/warehouse.ts";
import type { FailureRow, RetryPauses } from "./retry-pauses.ts";
import type { TokenSource } from "./token.ts";
import { createTurns } from "./turns.ts";
import { noteToken, nothingWritten, openEntries, takenTokens, type WrittenRefreshes } from "./written-refreshes.ts";

/** One Warehouse to refresh for one push. */
export interface RefreshRequest {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly repoURL: string;
  readonly tag: string;
  /** Monotonic milliseconds: from then on a failure is the last. */
  readonly untilMs: number;
  /** Whether a token of this Warehouse is still waited for. */
  isFollowed(token: string): boolean;
  /** Told of each failed patch that will be tried again. */
  onFailure(error: unknown): void;
}

/** What a patch did: the token it wrote, into which object. */
export type Refreshed =
  | { readonly kind: "refreshed"; readonly token: string; readonly uid: string }
  | { readonly kind: "gone" };

export interface Refresher {
  /** Resolves once a patch begun after this call was answered; rejects with what the API said last. */
  refresh(request: RefreshRequest): Promise<Refreshed>;
  /** Whether `entryToken` was written with or after `token`; what another process wrote is not known. */
  covers(key: string, entryToken: string, token: string): boolean;
  /** Whether the object is as new as our last patch of it: an older one says nothing about that patch. */
  isCurrent(key: string, warehouse: Warehouse): boolean;
  /** Whether our list on the object is as our last patch left it, or the one in flight. */
  isListAsWritten(key: string, warehouse: Warehouse): boolean;
  /** Resolves when all lines are at rest; after the signal aborted no patch begins. */
  idle(): Promise<void>;
  /** Nobody follows this Warehouse any more: what is known of its refreshes may go. */
  forget(key: string): void;
}

interface RefresherOptions {
  readonly client: KubeClient;
  readonly tokens: TokenSource;
  /** The last part of our annotation's key. */
  readonly replica: string;
  readonly clock: Clock;
  /** Before failed patches are tried again. */
  readonly pauses: RetryPauses;
  readonly signal: AbortSignal;
  /** The present state of a Warehouse, as far as known. */
  readonly get: (key: string) => Warehouse | undefined;
}

interface Waiting {
  readonly request: RefreshRequest;
  resolve(refreshed: Refreshed): void;
  reject(error: unknown): void;
}

/** What a patch was for, and why it failed if it did. */
interface Written {
  readonly batch: readonly Waiting[];
  readonly error?: unknown;
}

/** One Warehouse's refreshes, one after another, and the patches that failed in a row. */
interface Line extends FailureRow {
  waiting: Waiting[];
  /** Settles when the line is at rest; undefined while it is. */
  writing: Promise<void> | undefined;
  /** Goes once it is at rest. */
  isForgotten: boolean;
  /** While a failed patch waits to be tried again. */
  failure: unknown;
  readonly written: WrittenRefreshes;
}

/** At once. An API server does no more of them when there are more; what else is asked of it must not wait for them. */
const PATCHES = { places: 16, placesPerNamespace: 12 };

/**
 * After a patch that several pushes shared, before the next: whoever was answered by it may push again at once, and
 * share that one. A push that comes alone waits for nothing.
 */
const GATHERING_MS = 4;

export function createRefresher(options: RefresherOptions): Refresher {
  return new Lines(options);
}

class Lines implements Refresher {
  readonly #options: RefresherOptions;
  readonly #lines = new Map<string, Line>();
  readonly #turns = createTurns(PATCHES);

  constructor(options: RefresherOptions) {
    this.#options = options;
  }

  refresh(request: RefreshRequest): Promise<Refreshed> {
    const line = this.#lines.get(request.key) ?? newLine();
    this.#lines.set(request.key, line);
    line.isForgotten = false;
    if (line.failure !== undefined) request.onFailure(line.failure);
    return new Promise((resolve, reject) => {
      line.waiting.push({ request, resolve, reject });
      // What one delivery asks for in one go shares a patch.
      line.writing ??= Promise.resolve().then(() => this.#drain(request.key, line));
    });
  }

  covers(key: string, entryToken: string, token: string): boolean {
    if (entryToken === token) return true;
    const tokens = this.#lines.get(key)?.written.tokens;
    const place = tokens?.get(token);
    return place !== undefined && (tokens?.get(entryToken) ?? -1) >= place;
  }

  /** Where versions do not compare, every state counts: to wait for one that compares would be to wait forever. */
  isCurrent(key: string, { metadata: { resourceVersion = "0" } }: Warehouse): boolean {
    const patched = this.#lines.get(key)?.written.patchedVersion;
    return patched === undefined || resourceVersion === patched || !isAtLeast(patched, resourceVersion);
  }

  isListAsWritten(key: string, { metadata: { annotations } }: Warehouse): boolean {
    return (
      this.#lines.get(key)?.written.lists.includes(annotations?.[pushesAnnotation(this.#options.replica)] ?? "") ??
      false
    );
  }

  async idle(): Promise<void> {
    await Promise.all([...this.#lines.values()].map(({ writing }) => writing));
  }

  forget(key: string): void {
    const line = this.#lines.get(key);
    if (line?.writing) line.isForgotten = true;
    else this.#lines.delete(key);
  }

  async #drain(key: string, line: Line): Promise<void> {
    const { clock, signal } = this.#options;
    const [namespace = ""] = key.split("/");
    while (line.waiting.length > 0 && !signal.aborted) {
      const { batch, error } = await this.#turns.run(namespace, () => this.#writeWaiting(line));
      if (error !== undefined) await this.#settleFailure(line, batch, error);
      else if (batch.length > 1) await clock.sleep(GATHERING_MS, signal);
    }
    line.writing = undefined;
    if (line.isForgotten) this.#lines.delete(key);
  }

  /** Who came while the line waited for its turn shares the patch. */
  async #writeWaiting(line: Line): Promise<Written> {
    if (this.#options.signal.aborted) return { batch: [] };
    const batch = line.waiting.splice(0);
    const askedAt = this.#options.clock.monotonicMs();
    try {
      const refreshed = await this.#write(line.written, batch);
      line.failures = 0;
      line.isCutShort = false;
      this.#options.pauses.cutShort(askedAt);
      for (const { resolve } of batch) resolve(refreshed);
      return { batch };
    } catch (error) {
      return { batch, error };
    }
  }

  async #write(written: WrittenRefreshes, batch: readonly Waiting[]): Promise<Refreshed> {
    const { client, tokens, replica, get } = this.#options;
    const { key = "", namespace = "", name = "" } = batch[0]?.request ?? {};
    const warehouse = get(key);
    // Whoever waited for the last patch has perhaps not heard yet which token it wrote.
    const isFollowed = (one: string) => one === written.lastToken || (batch[0]?.request.isFollowed(one) ?? false);
    const token = tokens.next(takenTokens(warehouse, written));
    const { open, readToken } = openEntries({ written, warehouse, replica, isFollowed });
    const added = batch.map(({ request }) => pushEntry(request, token));
    const entries = mergePushes(open, added);
    // Before the patch: the watch may show it before its answer is here.
    noteToken(written, token, (one) => one === readToken || isFollowed(one));
    const list = JSON.stringify(entries);
    const annotations = { [REFRESH_ANNOTATION]: token, [pushesAnnotation(replica)]: list };
    written.lists = [...written.lists.slice(0, 1), list];
    const patched = await client.mergePatch<Warehouse>(WAREHOUSES, { namespace, name }, { metadata: { annotations } });
    written.entries = entries;
    written.lists = [list];
    written.patchedVersion = patched.metadata.resourceVersion;
    return { kind: "refreshed", token, uid: patched.metadata.uid ?? "" };
  }

  async #settleFailure(line: Line, batch: readonly Waiting[], error: unknown): Promise<void> {
    if (await this.#isGone(error, batch)) for (const { resolve } of batch) resolve({ kind: "gone" });
    else await this.#backOff(line, batch, error);
  }

  /** A GET that fails says nothing: the patch is tried again. */
  async #isGone(error: unknown, batch: readonly Waiting[]): Promise<boolean> {
    const { namespace = "", name = "" } = batch[0]?.request ?? {};
    const object = { client: this.#options.client, resource: WAREHOUSES, key: { namespace, name } };
    return isDeleted(error, object).catch(() => false);
  }

  async #backOff(line: Line, batch: readonly Waiting[], error: unknown): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    const [last, again] = [batch.filter(isLast), batch.filter((one) => !isLast(one))];
    function isLast({ request }: Waiting): boolean {
      return request.untilMs <= nowMs;
    }
    for (const { reject } of last) reject(error);
    for (const { request } of again) request.onFailure(error);
    line.waiting.unshift(...again);
    if (line.waiting.length === 0) return;
    line.failure = error;
    await this.#options.pauses.pause(line, error);
    line.failure = undefined;
  }
}

function newLine(): Line {
  return {
    waiting: [],
    writing: undefined,
    isForgotten: false,
    failures: 0,
    isCutShort: false,
    failure: undefined,
    written: nothingWritten(),
  };
}
