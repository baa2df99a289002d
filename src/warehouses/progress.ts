// How far the refreshes of one Warehouse are, read from the object alone: what its controller answered, ours or
// Kargo's. Asked after every change; the rules are in ARCHITECTURE.md, "Tokens" and "B and C".
import { isDeepStrictEqual } from "node:util";
import type { Condition } from "../resources/condition.ts";
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import { isAmong, type PushEntry, pushEntry, pushName, readPushes, readPushesAnswer } from "../resources/pushes.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import { discoveredIn, isShown } from "./discovered-tag.ts";

export type Progress =
  | { readonly kind: "waiting" }
  | { readonly kind: "discovered" | "not-wanted" | "not-visible" | "retrying" | "handled"; readonly reason: string }
  /** No further discovery with its spec can do more. */
  | { readonly kind: "failed"; readonly reason: string }
  /** It had no place in the list by its name, and a full scan did not find it. */
  | { readonly kind: "not-found"; readonly reason: string }
  /** The refresh is handled and will not be tried again, though nothing was discovered. */
  | { readonly kind: "discovery-failed"; readonly reason: string }
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
  /** Whether it stands among the artifacts, whatever was answered. */
  isDiscovered(push: RefreshedPush): boolean;
}

/** What stands in our list for a push: an entry of its name, or the full scan it was folded into. */
type Standing =
  | {
      readonly kind: "by-name" | "folded";
      readonly position: number;
      /** The controller's condition covers the entry, which may be of a later push. */
      readonly isAnswered: boolean;
    }
  | { readonly kind: "absent"; readonly isAnswered: false };

const FULL_SCAN = "full-scan";
const DISCOVERED: Progress = { kind: "discovered", reason: "" };
const NOT_FOUND: Progress = {
  kind: "not-found",
  reason: "a full scan did not find the tag: it is asked for by name again",
};
const NOT_SHOWN = "the registry does not show the tag yet";
const UNCHANGED_SO_FAR = "digest unchanged so far: the registry may yet show a new one";

export function readAnswers(warehouse: Warehouse, replica: string, covers: Covers): Answers {
  return new ReadAnswers(warehouse, replica, covers);
}

/**
 * Whether a state answers nothing that an earlier one did not, as long as our entries stand there: of the annotations
 * only a handled or missing refresh can tell.
 */
export function isUnanswered(before: Warehouse, { metadata, status }: Warehouse): boolean {
  const present = metadata.annotations?.[REFRESH_ANNOTATION] ?? "";
  const isHandled = present === "" || present === status?.lastHandledRefresh;
  return !isHandled && metadata.uid === before.metadata.uid && isDeepStrictEqual(status, before.status);
}

class ReadAnswers implements Answers {
  readonly #warehouse: Warehouse;
  readonly #covers: Covers;
  readonly #entries: readonly PushEntry[];
  /** Position in our list by entry name. */
  readonly #positions: ReadonlyMap<string, number>;
  readonly #answer: ReturnType<typeof readPushesAnswer>;
  /** The last position of our list that the controller's condition answers; -1 for none. */
  readonly #answered: number;
  /** The last token of our list that it answers, which may have left it since: what was written before it, too. */
  readonly #answeredToken: string | undefined;
  #isAmongArtifacts: ReturnType<typeof discoveredIn> | undefined;
  /** Every token that stands in some list. */
  readonly #listed: ReadonlySet<string>;

  constructor(warehouse: Warehouse, replica: string, covers: Covers) {
    const lists = readPushes(warehouse);
    const entries = lists.get(replica) ?? [];
    const answer = readPushesAnswer(warehouse.status?.conditions);
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
    const standing = this.#standingOf(push);
    const isRead = this.#answeredToken !== undefined && this.#covers(this.#answeredToken, push.token);
    return isRead || standing.isAnswered ? this.#said(push, standing) : this.#unsaid(push.token, standing);
  }

  isDiscovered(push: RefreshedPush): boolean {
    this.#isAmongArtifacts ??= discoveredIn(this.#warehouse.status?.discoveredArtifacts);
    return this.#isAmongArtifacts(push);
  }

  #standingOf(push: RefreshedPush): Standing {
    const own = nameOf(push);
    for (const name of [own, FULL_SCAN]) {
      const position = this.#positions.get(name);
      const entry = position === undefined ? undefined : this.#entries[position];
      if (position === undefined || !entry || !this.#covers(entry.token, push.token)) continue;
      return { kind: name === own ? "by-name" : "folded", position, isAnswered: position <= this.#answered };
    }
    return { kind: "absent", isAnswered: false };
  }

  /** The controller's condition covers it: by name, or by a full scan into which it was folded. */
  #said(push: RefreshedPush, standing: Standing): Progress {
    const own = nameOf(push);
    const told = this.#toldOf(own, standing);
    if (told) return told;
    if (own === FULL_SCAN) return this.#scanned(push.repoURL);
    switch (standing.kind) {
      case "by-name":
        if (standing.isAnswered || this.isDiscovered(push)) return DISCOVERED;
        // A later push of the same tag is still to be answered.
        return { kind: "waiting" };
      case "folded":
      case "absent":
        return this.isDiscovered(push) ? DISCOVERED : NOT_FOUND;
    }
  }

  /** All that was discovered may be of another subscription than the one pushed to; empty stands for several. */
  #scanned(repoURL: string): Progress {
    const failure = discoveryFailure(this.#warehouse);
    if (!failure || repoURL === "" || isShown(this.#warehouse.status?.discoveredArtifacts, repoURL)) return DISCOVERED;
    return { kind: "failed", reason: failure.message };
  }

  /** What the condition says of it expressly. */
  #toldOf(own: string, { kind }: Standing): Progress | undefined {
    const { failed = [], unusable = [], notVisible = [], notWanted = [], unchanged = [] } = this.#answer ?? {};
    if (isAmong(failed, own) || (kind === "folded" && isAmong(failed, FULL_SCAN)))
      return { kind: "retrying", reason: readyMessage(this.#warehouse) };
    if (isAmong(unusable, own)) return { kind: "failed", reason: readyMessage(this.#warehouse) };
    if (isAmong(notVisible, own)) {
      return { kind: "not-visible", reason: unchanged.includes(own) ? UNCHANGED_SO_FAR : NOT_SHOWN };
    }
    if (notWanted.includes(own)) return { kind: "not-wanted", reason: "the tag is not among the newest it keeps" };
    if (unchanged.includes(own)) return { kind: "discovered", reason: "digest unchanged" };
    return undefined;
  }

  /** Only the refresh annotation and `lastHandledRefresh` can tell. */
  #unsaid(token: string, standing: Standing): Progress {
    const present = this.#warehouse.metadata.annotations?.[REFRESH_ANNOTATION] ?? "";
    const handled = this.#warehouse.status?.lastHandledRefresh ?? "";
    if (handled === token) return this.#handled("its controller handled the refresh");
    if (this.#isHandledSince(handled, token, standing))
      return this.#handled("its controller handled a later refresh of ours");
    const isPresentHandled = present !== "" && handled === present;
    if (isPresentHandled && standing.kind !== "absent" && this.#listed.has(present))
      return this.#handled("its controller handled a later refresh");
    if (isPresentHandled) return { kind: "refresh-again", reason: "somebody else's refresh was handled instead" };
    if (standing.kind === "absent" || present === "")
      return { kind: "refresh-again", reason: "the refresh was removed" };
    return { kind: "waiting" };
  }

  /** Kargo's controller notes a refresh as handled though its discovery failed, and does not try it again. */
  #handled(reason: string): Progress {
    const failure = discoveryFailure(this.#warehouse);
    return failure ? { kind: "discovery-failed", reason: failure.message } : { kind: "handled", reason };
  }

  /** Whether the handled token was written with or after ours: its pass saw what ours asked for. */
  #isHandledSince(handled: string, token: string, standing: Standing): boolean {
    if (this.#covers(handled, token)) return true;
    const handledPosition = this.#entries.findLastIndex((entry) => entry.token === handled);
    return standing.kind !== "absent" && standing.position <= handledPosition;
  }
}

function nameOf(push: RefreshedPush): string {
  return pushName(pushEntry(push, push.token));
}

function readyMessage(warehouse: Warehouse): string {
  return readyOf(warehouse)?.message ?? "discovery failed";
}

function discoveryFailure(warehouse: Warehouse): Condition | undefined {
  const ready = readyOf(warehouse);
  return ready?.status === "False" && ready.reason === "DiscoveryFailure" ? ready : undefined;
}

function readyOf({ status }: Warehouse): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === "Ready");
}
