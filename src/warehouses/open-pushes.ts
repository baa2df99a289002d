// What the `pushes.*` lists of a Warehouse ask for: which entries its condition has not answered yet. `pass`, `due`
// and `write-status` call it.
import { answeredEntries, type PushEntry, readPushes } from "../resources/pushes.ts";
import type { Warehouse } from "../resources/warehouse.ts";

export interface OpenPushes {
  /** Replica to the last token in its list. */
  readonly read: ReadonlyMap<string, string>;
  /** In the order of the lists, oldest first. */
  readonly entries: readonly PushEntry[];
  /** Those of them that the condition calls not visible. */
  readonly invisible: ReadonlySet<PushEntry>;
}

/** Never throws: a list that does not parse asks for nothing, and one without a condition is open as a whole. */
export function readOpenPushes(warehouse: Warehouse): OpenPushes {
  const read = new Map<string, string>();
  const open: PushEntry[] = [];
  const invisible = new Set<PushEntry>();
  for (const [replica, entries] of readPushes(warehouse)) {
    const last = entries.at(-1);
    if (!last) continue;
    read.set(replica, last.token);
    const answered = answeredEntries(warehouse, replica, entries);
    open.push(...entries.filter((entry) => !answered.done.has(entry)));
    for (const entry of answered.invisible) invisible.add(entry);
  }
  return { read, entries: open, invisible };
}

/** Whether one of them asks for a look at everything. */
export function wantEverything({ entries }: OpenPushes): boolean {
  return entries.some((entry) => !("tag" in entry));
}

/** By repoURL, normalised: the tags that were pushed to it. */
export function tagsByRepoURL(entries: readonly PushEntry[]): ReadonlyMap<string, ReadonlySet<string>> {
  const tags = new Map<string, Set<string>>();
  for (const entry of entries) {
    if ("tag" in entry) tags.set(entry.repoURL, (tags.get(entry.repoURL) ?? new Set()).add(entry.tag));
  }
  return tags;
}
