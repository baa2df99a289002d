// Writes refreshes: the refresh token and, in the same merge patch, the list of pushes it is for.
// For one Warehouse there is never more than one patch in flight; what arrives meanwhile shares the next one.
import { KubeError } from "../errors.ts";
import type { KubeClient } from "../kube/client.ts";
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import { doneEntries, mergePushes, type PushEntry, pushesAnnotation, readPushes } from "../resources/pushes.ts";
import { WAREHOUSES, type Warehouse } from "../resources/warehouse.ts";
import type { TokenSource } from "./token.ts";

/** One Warehouse to refresh for one push. */
export interface RefreshRequest {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly repoURL: string;
  readonly tag: string;
}

/** What a patch did: the token it wrote, into which object. */
export type Refreshed =
  | { readonly kind: "refreshed"; readonly token: string; readonly uid: string }
  | { readonly kind: "gone" };

export interface Refresher {
  /** Resolves once a patch begun after this call is answered; rejects with what the API said. */
  refresh(request: RefreshRequest): Promise<Refreshed>;
  /** Whether `entryToken` was written with or after `targetToken`. */
  covers(key: string, entryToken: string, targetToken: string): boolean;
  /** Whether the object is as new as our last patch of it: an older one says nothing about that patch. */
  isCurrent(key: string, warehouse: Warehouse): boolean;
  /** Takes in the present state of a Warehouse, after those who wait for its answer have seen it. */
  observe(key: string, warehouse: Warehouse | undefined): void;
}

interface RefresherOptions {
  readonly client: KubeClient;
  readonly tokens: TokenSource;
  /** The last part of our annotation's key. */
  readonly replica: string;
  /** The present state of a Warehouse, as far as known. */
  readonly get: (key: string) => Warehouse | undefined;
}

interface Waiting {
  readonly request: RefreshRequest;
  resolve(refreshed: Refreshed): void;
  reject(error: unknown): void;
}

/** What is known of one Warehouse's refreshes. */
interface Line {
  waiting: Waiting[];
  isWriting: boolean;
  /** Our list as last written; undefined until it was read once. */
  entries: readonly PushEntry[] | undefined;
  /** Tokens in the order they were written. */
  readonly written: string[];
  patchedVersion: string;
}

export function createRefresher(options: RefresherOptions): Refresher {
  return new Lines(options);
}

class Lines implements Refresher {
  readonly #options: RefresherOptions;
  readonly #lines = new Map<string, Line>();

  constructor(options: RefresherOptions) {
    this.#options = options;
  }

  refresh(request: RefreshRequest): Promise<Refreshed> {
    const line = this.#lineOf(request.key);
    return new Promise((resolve, reject) => {
      line.waiting.push({ request, resolve, reject });
      if (!line.isWriting) void this.#drain(line);
    });
  }

  covers(key: string, entryToken: string, targetToken: string): boolean {
    if (entryToken === targetToken) return true;
    const written = this.#lines.get(key)?.written ?? [];
    const target = written.indexOf(targetToken);
    return target >= 0 && written.indexOf(entryToken) >= target;
  }

  /** Resource versions compare as integers (Kubernetes 1.35). */
  isCurrent(key: string, warehouse: Warehouse): boolean {
    const patched = this.#lines.get(key)?.patchedVersion ?? "0";
    return BigInt(warehouse.metadata.resourceVersion ?? "0") >= BigInt(patched);
  }

  observe(key: string, warehouse: Warehouse | undefined): void {
    const line = this.#lines.get(key);
    if (!line) return;
    if (!warehouse) this.#lines.delete(key);
    else if (!line.isWriting && line.entries) settle(line, warehouse, this.#options.replica);
  }

  #lineOf(key: string): Line {
    const fresh: Line = { waiting: [], isWriting: false, entries: undefined, written: [], patchedVersion: "0" };
    const line = this.#lines.get(key) ?? fresh;
    this.#lines.set(key, line);
    return line;
  }

  async #drain(line: Line): Promise<void> {
    line.isWriting = true;
    while (line.waiting.length > 0) {
      const batch = line.waiting.splice(0);
      try {
        const refreshed = await this.#write(line, batch);
        for (const { resolve } of batch) resolve(refreshed);
      } catch (error) {
        for (const waiting of batch) rejectOrGone(waiting, error);
      }
    }
    line.isWriting = false;
  }

  async #write(line: Line, batch: readonly Waiting[]): Promise<Refreshed> {
    const { client, tokens, replica, get } = this.#options;
    const [first] = batch;
    if (!first) return { kind: "gone" };
    const { key, namespace, name } = first.request;
    const warehouse = get(key);
    const token = tokens.next(takenTokens(warehouse, line));
    const added = batch.map(({ request }) => entryOf(request, token));
    const entries = mergePushes(line.entries ?? ownEntries(warehouse, replica), added);
    const annotations = { [REFRESH_ANNOTATION]: token, [pushesAnnotation(replica)]: JSON.stringify(entries) };
    const patched = await client.mergePatch<Warehouse>(WAREHOUSES, { namespace, name }, { metadata: { annotations } });
    line.entries = entries;
    line.written.push(token);
    line.patchedVersion = patched.metadata.resourceVersion ?? "0";
    return { kind: "refreshed", token, uid: patched.metadata.uid ?? "" };
  }
}

function rejectOrGone(waiting: Waiting, error: unknown): void {
  if (error instanceof KubeError && error.status === 404) waiting.resolve({ kind: "gone" });
  else waiting.reject(error);
}

function entryOf({ repoURL, tag }: RefreshRequest, token: string): PushEntry {
  return tag === "" ? { token, "full-scan": true } : { token, repoURL, tag };
}

function ownEntries(warehouse: Warehouse | undefined, replica: string): readonly PushEntry[] {
  return (warehouse && readPushes(warehouse).get(replica)) ?? [];
}

function takenTokens(warehouse: Warehouse | undefined, line: Line): ReadonlySet<string> {
  const taken = new Set((line.entries ?? []).map(({ token }) => token));
  if (!warehouse) return taken;
  for (const entries of readPushes(warehouse).values()) for (const { token } of entries) taken.add(token);
  return taken
    .add(warehouse.metadata.annotations?.[REFRESH_ANNOTATION] ?? "")
    .add(warehouse.status?.lastHandledRefresh ?? "");
}

/** Drops the entries that the controller has answered for good, so that the next patch does not repeat them. */
function settle(line: Line, warehouse: Warehouse, replica: string): void {
  const entries = line.entries ?? [];
  const done = doneEntries(warehouse, replica, entries);
  if (done.size === 0) return;
  line.entries = entries.filter((entry) => !done.has(entry));
  const oldest = line.entries[0];
  line.written.splice(
    0,
    oldest ? Math.max(0, line.written.indexOf(oldest.token)) : Math.max(0, line.written.length - 1),
  );
}
