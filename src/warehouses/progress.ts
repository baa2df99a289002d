// How far one refresh is, read from the Warehouse alone: what its controller answered, ours or Kargo's.
// The dispatcher asks after every change; the rules are the design's, "Decisions: Tokens".
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import { type PushEntry, pushName, readAnswer, readPushes } from "../resources/pushes.ts";
import type { Warehouse } from "../resources/warehouse.ts";

export type Progress =
  | { readonly kind: "waiting" }
  | { readonly kind: "discovered" | "not-wanted" | "not-visible" | "retrying" | "handled"; readonly reason: string }
  | { readonly kind: "refresh-again"; readonly reason: string };

interface RefreshedPush {
  readonly token: string;
  readonly repoURL: string;
  readonly tag: string;
}

/** `covers` says whether an entry's token was written with or after the push's. */
export function progressOf(
  warehouse: Warehouse,
  replica: string,
  push: RefreshedPush,
  covers: (entryToken: string) => boolean,
): Progress {
  const entries = readPushes(warehouse).get(replica) ?? [];
  const position = entries.findIndex((entry) => isFor(entry, push) && covers(entry.token));
  return answered(warehouse, entries, position, replica, push) ?? unanswered(warehouse, position, push.token);
}

function isFor(entry: PushEntry, push: RefreshedPush): boolean {
  return !("tag" in entry) || (entry.tag === push.tag && entry.repoURL === push.repoURL);
}

function answered(
  warehouse: Warehouse,
  entries: readonly PushEntry[],
  position: number,
  replica: string,
  push: RefreshedPush,
): Progress | undefined {
  const answer = readAnswer(warehouse.status?.conditions);
  const last = entries.findLastIndex(({ token }) => token === answer?.read.get(replica));
  if (!answer || position < 0 || last < position) return undefined;
  const name = pushName(entries[position] ?? push);
  if (answer.failed.includes(name)) return { kind: "retrying", reason: readyMessage(warehouse) };
  if (answer.notVisible.includes(name))
    return { kind: "not-visible", reason: "the registry does not show the tag yet" };
  if (answer.notWanted.includes(name))
    return { kind: "not-wanted", reason: "the tag is not among the newest it keeps" };
  return { kind: "discovered", reason: answer.unchanged.includes(name) ? "digest unchanged" : "" };
}

function unanswered(warehouse: Warehouse, position: number, token: string): Progress {
  const present = warehouse.metadata.annotations?.[REFRESH_ANNOTATION] ?? "";
  const handled = warehouse.status?.lastHandledRefresh ?? "";
  if (handled === token) return { kind: "handled", reason: "its controller handled the refresh" };
  const listed = new Set([...readPushes(warehouse).values()].flat().map((entry) => entry.token));
  const isPresentHandled = present !== "" && handled === present;
  if (isPresentHandled && position >= 0 && listed.has(present)) {
    return { kind: "handled", reason: "its controller handled a later refresh" };
  }
  if (isPresentHandled) return { kind: "refresh-again", reason: "somebody else's refresh was handled instead" };
  if (position < 0 || present === "") return { kind: "refresh-again", reason: "the refresh was removed" };
  return { kind: "waiting" };
}

function readyMessage(warehouse: Warehouse): string {
  return warehouse.status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "discovery failed";
}
