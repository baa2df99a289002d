// What was written of one Warehouse's refreshes, and what its next patch builds on. `refresh` keeps one for each.
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import { answeredEntries, PUSHES_DISCOVERED, type PushEntry, readPushes } from "../resources/pushes.ts";
import type { Warehouse } from "../resources/warehouse.ts";

export interface WrittenRefreshes {
  /** Our list as last written; undefined until it was read once. */
  entries: readonly PushEntry[] | undefined;
  /** What stands in our annotation: after the last patch that was answered, and after the last that was begun. */
  lists: readonly string[];
  /** Tokens written here that somebody may still ask about, each with its place in their order. */
  readonly tokens: Map<string, number>;
  tokenCount: number;
  /** Empty before the first patch. */
  lastToken: string;
  /** Undefined before the first patch. */
  patchedVersion: string | undefined;
}

export function nothingWritten(): WrittenRefreshes {
  return {
    entries: undefined,
    lists: [],
    tokens: new Map(),
    tokenCount: 0,
    lastToken: "",
    patchedVersion: undefined,
  };
}

/** Those that a new one must differ from. */
export function takenTokens(warehouse: Warehouse | undefined, written: WrittenRefreshes): ReadonlySet<string> {
  const taken = new Set((written.entries ?? []).map(({ token }) => token));
  if (!warehouse) return taken;
  for (const entries of readPushes(warehouse).values()) for (const { token } of entries) taken.add(token);
  return taken
    .add(warehouse.metadata.annotations?.[REFRESH_ANNOTATION] ?? "")
    .add(warehouse.status?.lastHandledRefresh ?? "");
}

interface OpenEntriesOptions {
  readonly written: WrittenRefreshes;
  readonly warehouse: Warehouse | undefined;
  readonly replica: string;
  isFollowed(token: string): boolean;
}

interface OpenEntries {
  readonly open: readonly PushEntry[];
  /** The last token of our list that the controller answered; undefined for none. */
  readonly readToken: string | undefined;
}

/**
 * Our list without what is done, as far as is known, and without what stayed invisible or is unusable and nobody
 * follows any more; with what an earlier process left there.
 */
export function openEntries({ written, warehouse, replica, isFollowed }: OpenEntriesOptions): OpenEntries {
  const entries = written.entries ?? (warehouse && readPushes(warehouse).get(replica)) ?? [];
  if (!warehouse) return { open: entries, readToken: undefined };
  const { readToken, done, invisible, unusable } = answeredEntries(warehouse, replica, entries);
  const handled = handledCount(warehouse, entries);
  const isGivenUp = (entry: PushEntry) => (invisible.has(entry) || unusable.has(entry)) && !isFollowed(entry.token);
  const open = entries.filter((entry, place) => place >= handled && !done.has(entry) && !isGivenUp(entry));
  return { open, readToken };
}

/** How many entries a controller handled that answers nothing in `PushesDiscovered`: Kargo's. */
function handledCount(warehouse: Warehouse, entries: readonly PushEntry[]): number {
  const { conditions, lastHandledRefresh } = warehouse.status ?? {};
  if (!lastHandledRefresh || conditions?.some(({ type }) => type === PUSHES_DISCOVERED)) return 0;
  return entries.findLastIndex(({ token }) => token === lastHandledRefresh) + 1;
}

/** Of the tokens before it, those stay that are asked about, or stand in our list. */
export function noteToken(written: WrittenRefreshes, token: string, isAskedAbout: (token: string) => boolean): void {
  const { tokens, entries, tokenCount } = written;
  const listed = new Set(entries?.map((entry) => entry.token));
  for (const one of tokens.keys()) if (!listed.has(one) && !isAskedAbout(one)) tokens.delete(one);
  tokens.set(token, tokenCount);
  written.tokenCount += 1;
  written.lastToken = token;
}
