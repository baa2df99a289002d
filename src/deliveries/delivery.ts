// The record of one arrival and of each Warehouse it concerns: names and states as every page and command shows them.

export const TARGET_STATES = [
  "pending",
  "refreshed",
  "handled",
  "discovered",
  "not-wanted",
  "not-visible",
  "retrying",
  "failed",
  "gone",
] as const;

export type TargetState = (typeof TARGET_STATES)[number];

const FINAL_STATES: ReadonlySet<TargetState> = new Set(["handled", "discovered", "not-wanted", "failed", "gone"]);

/** A final target is never worked on again. */
export function isFinal(state: TargetState): boolean {
  return FINAL_STATES.has(state);
}

/** A Warehouse that a delivery refreshes. */
export interface Target {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly state: TargetState;
  /** The refresh that covers the push; absent until one was written. */
  readonly token?: string | undefined;
  /** Refreshes written so far. */
  readonly attempt: number;
  /** Running time spent on it in milliseconds; time in which the process was down does not count. */
  readonly activeMs: number;
  /** Why it is in this state, in words. */
  readonly reason: string;
}

/** `open`: its targets say; the others are final. */
export type Verdict = "open" | "done" | "unmatched" | "refused";

export interface Delivery {
  /** UUIDv7. */
  readonly id: string;
  /** Order of arrival in this log; the clock plays no part. */
  readonly sequence: number;
  /** Wall clock, milliseconds since the epoch: for people. */
  readonly arrivedAt: number;
  /** The project whose receiver it reached; empty for a ClusterConfig's. */
  readonly project: string;
  readonly receiver: string;
  readonly sender: string;
  readonly repoURLs: readonly string[];
  readonly tag: string;
  readonly verdict: Verdict;
  readonly reason: string;
}

export type NewDelivery = Omit<Delivery, "sequence" | "verdict" | "reason"> & { readonly body: Uint8Array };
