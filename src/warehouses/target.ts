// One Warehouse that one pushed tag concerns, and how far it is. States are spelled as every page and command shows them.
// `pursue` moves it.

export const TARGET_STATES = [
  /** No refresh covers the push yet. */
  "pending",
  /** The refresh is written and not answered. */
  "refreshed",
  /** A controller that tells no more handled the refresh: Kargo's. */
  "handled",
  "discovered",
  "not-wanted",
  /** The registry does not show the tag yet; the controller looks again. */
  "not-visible",
  /** A patch or the discovery failed, and is tried again. */
  "retrying",
  "failed",
  /** The Warehouse was deleted. */
  "gone",
] as const;

export type TargetState = (typeof TARGET_STATES)[number];

export interface Target {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The repository as the Warehouse names it, normalised; empty where several of its subscriptions are concerned. */
  readonly repoURL: string;
  /** Empty where it is to look at everything: the push named no tag, or more than can be followed one by one. */
  readonly tag: string;
  /** Which rule admitted the push, in words. */
  readonly rule: string;
  readonly state: TargetState;
  /** The refresh that covers the push; absent until one was written. */
  readonly token?: string | undefined;
  /** Refreshes written so far. */
  readonly attempt: number;
  /** Running time spent on it in milliseconds; time in which the process was down does not count. */
  readonly activeMs: number;
  /** As much of that as is over since it was first not visible; absent before. */
  readonly notVisibleMs?: number | undefined;
  /** Why it is in this state, in words. */
  readonly reason: string;
}

const FINAL_STATES: ReadonlySet<TargetState> = new Set(["handled", "discovered", "not-wanted", "failed", "gone"]);

/** The controller leaves a push alone that stayed invisible for 15 minutes; its last look may be a minute away. */
const NOT_VISIBLE_FINAL_MS = 16 * 60_000;

/** A final target is never worked on again. */
export function isFinal({ state, notVisibleMs = 0 }: Pick<Target, "state" | "notVisibleMs">): boolean {
  return FINAL_STATES.has(state) || (state === "not-visible" && notVisibleMs >= NOT_VISIBLE_FINAL_MS);
}
