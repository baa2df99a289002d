// How far the refreshes of one Warehouse are, read from the object alone: what its controller answered, ours or
// Kargo's. Asked after every change; the rules are the design's, "Tokens" and "B and C meet only through the API".
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import { isAmong, type PushEntry, pushEntry, pushName, readAnswer, readPushes } from "../resources/pushes.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import { isDiscovered } from "./discovered-tag.ts";

export type Progress =
  | { readonly kind: "waiting" }
  | { readonly kind: "discovered" | "not-wanted" | "not-visible" | "retrying" | "handled"; readonly reason: string }
  | { readonly kind: "refresh-again"; readonly reason: string };

export interface RefreshedPush {
  readonly token: string;
  readonly repoURL: string;
  readonly tag: string;
}

/** Says whether an entry's token was written with or after another. */
export type Covers = (entryToken: string, token: string) => boolean;

/** What one state of a Warehouse says; many pushes are asked of it. */
export interface Answers {
  progressOf(push: RefreshedPush): Progress;
}

export function readAnswers(warehouse: Warehouse, replica: string, covers: Covers): Answers {
  return new ReadAnswers(warehouse, replica, covers);
}

class ReadAnswers implements Answers {
  readonly #warehouse: Warehouse;
  readonly #covers: Covers;
  readonly #entries: readonly PushEntry[];
  /** Position in our list by entry name. */
  readonly #positions: ReadonlyMap<string, number>;
  readonly #answer: ReturnType<typeof readAnswer>;
  /** The last position of our list that the controller's condition answers. */
  readonly #answered: number;
  /** The last token of our list that it answers, which may have left the list since. */
  readonly #answeredToken: string | undefined;
  /** Every token that stands in some list. */
  readonly #listed: ReadonlySet<string>;

  constructor(warehouse: Warehouse, replica: string, covers: Covers) {
    const lists = readPushes(warehouse);
    const entries = lists.get(replica) ?? [];
    const answer = readAnswer(warehouse.status?.conditions);
    this.#warehouse = warehouse;
    this.#covers = covers;
    this.#entries = entries;
    this.#positions = new Map(entries.map((entry, position) => [pushName(entry), position]));
    this.#answer = answer;
    this.#answeredToken = answer?.read.get(replica);
    this.#answered = entries.findLastIndex(({ token }) => token === this.#answeredToken);
    this.#listed = new Set([...lists.values()].flatMap((list) => list.map(({ token }) => token)));
  }

  progressOf(push: RefreshedPush): Progress {
    const position = this.#positionOf(push);
    const isSaid = (position >= 0 && position <= this.#answered) || push.token === this.#answeredToken;
    return isSaid ? this.#said(push, position) : this.#unsaid(position, push.token);
  }

  /** Of the push's own entry, or of the full scan it was folded into; -1 where neither stands there. */
  #positionOf(push: RefreshedPush): number {
    for (const name of [pushName(pushEntry(push, push.token)), "full-scan"]) {
      const position = this.#positions.get(name) ?? -1;
      const entry = this.#entries[position];
      if (entry && this.#covers(entry.token, push.token)) return position;
    }
    return -1;
  }

  /** The controller's condition covers it. */
  #said(push: RefreshedPush, position: number): Progress {
    const { failed = [], notVisible = [], notWanted = [], unchanged = [] } = this.#answer ?? {};
    const entry = this.#entries[position] ?? pushEntry(push, push.token);
    const name = pushName(entry);
    if (isAmong(failed, name)) return { kind: "retrying", reason: readyMessage(this.#warehouse) };
    if (isAmong(notVisible, name)) return { kind: "not-visible", reason: "the registry does not show the tag yet" };
    if (notWanted.includes(name)) return { kind: "not-wanted", reason: "the tag is not among the newest it keeps" };
    const isFolded = "full-scan" in entry && !("full-scan" in pushEntry(push, push.token));
    if (isFolded && !isDiscovered(this.#warehouse.status?.discoveredArtifacts, push))
      return { kind: "refresh-again", reason: "a full scan did not find the tag: it is asked for by name" };
    return { kind: "discovered", reason: unchanged.includes(name) ? "digest unchanged" : "" };
  }

  /** Only the refresh annotation and `lastHandledRefresh` can tell. */
  #unsaid(position: number, token: string): Progress {
    const present = this.#warehouse.metadata.annotations?.[REFRESH_ANNOTATION] ?? "";
    const handled = this.#warehouse.status?.lastHandledRefresh ?? "";
    if (handled === token) return { kind: "handled", reason: "its controller handled the refresh" };
    if (this.#isHandledSince(handled, position, token))
      return { kind: "handled", reason: "its controller handled a later refresh of ours" };
    const isPresentHandled = present !== "" && handled === present;
    if (isPresentHandled && position >= 0 && this.#listed.has(present))
      return { kind: "handled", reason: "its controller handled a later refresh" };
    if (isPresentHandled) return { kind: "refresh-again", reason: "somebody else's refresh was handled instead" };
    if (position < 0 || present === "") return { kind: "refresh-again", reason: "the refresh was removed" };
    return { kind: "waiting" };
  }

  /** Whether the handled token was written with or after ours: its pass saw what ours asked for. */
  #isHandledSince(handled: string, position: number, token: string): boolean {
    const handledPosition = this.#entries.findLastIndex((entry) => entry.token === handled);
    return (position >= 0 && position <= handledPosition) || this.#covers(handled, token);
  }
}

function readyMessage(warehouse: Warehouse): string {
  return warehouse.status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "discovery failed";
}
