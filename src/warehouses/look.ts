// Which pushes a pass has seen, and when to look again for those the registry does not show yet.
// A pushed tag may not be readable for minutes; the schedule is the design's ("Facts about Docker Hub").
import type { Clock } from "../clock.ts";
import { doneEntries, type PushesAnswer, pushName, readPushes } from "../resources/pushes.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import type { Discovery } from "./discover.ts";

/** By Warehouse key: what is still looked for. Monotonic milliseconds. */
export type Looks = Map<
  string,
  { readonly dueAt: number; readonly attempt: number; readonly since: ReadonlyMap<string, number> }
>;

const SCHEDULE_MS = [500, 1_000, 2_000, 5_000, 15_000, 60_000];
/** A push that stayed invisible for so long is left alone. */
const GIVE_UP_MS = 15 * 60_000;

interface AnswerOptions {
  readonly warehouse: Warehouse;
  readonly discovery: Discovery;
  readonly looks: Looks;
  readonly key: string;
  readonly clock: Clock;
}

/** Undefined when nothing was ever asked by `pushes.*`. Plans the next look where one is needed. */
export function answerPushes({ warehouse, discovery, looks, key, clock }: AnswerOptions): PushesAnswer | undefined {
  const read = new Map<string, string>();
  const notVisible = new Set<string>();
  const notWanted = new Set<string>();
  for (const [replica, entries] of readPushes(warehouse)) {
    const last = entries.at(-1);
    if (!last) continue;
    read.set(replica, last.token);
    const done = doneEntries(warehouse, replica, entries);
    for (const entry of entries) {
      if (!("tag" in entry) || done.has(entry)) continue;
      const repository = discovery.repositories.get(entry.repoURL);
      if (repository?.kept.has(entry.tag)) continue;
      (repository && !repository.listed.has(entry.tag) ? notVisible : notWanted).add(pushName(entry));
    }
  }
  planLook(looks, key, notVisible, clock.monotonicMs());
  const answer = { read, failed: [], notVisible: [...notVisible], notWanted: [...notWanted], unchanged: [] };
  return read.size === 0 ? undefined : answer;
}

function planLook(looks: Looks, key: string, notVisible: ReadonlySet<string>, nowMs: number): void {
  const before = looks.get(key);
  const since = new Map([...notVisible].map((name) => [name, before?.since.get(name) ?? nowMs]));
  const isHopeful = [...since.values()].some((start) => nowMs - start < GIVE_UP_MS);
  if (!isHopeful) {
    looks.delete(key);
    return;
  }
  const isNew = [...since.keys()].some((name) => !before?.since.has(name));
  const attempt = isNew ? 0 : (before?.attempt ?? 0) + 1;
  const waitMs = SCHEDULE_MS[Math.min(attempt, SCHEDULE_MS.length - 1)] ?? 60_000;
  looks.set(key, { dueAt: nowMs + waitMs, attempt, since });
}
