// The record of one arrival. What became of each Warehouse it concerns is a `Target` (`warehouses/target`).

/** A subscribed Warehouse that does not want one of the pushed tags, and the rule that decided. */
export interface NotMatched {
  readonly namespace: string;
  readonly name: string;
  /** Empty where the push names none. */
  readonly tag: string;
  readonly rule: string;
}

/** Of those that do not want a push, so many are named. */
export const MAX_NOT_MATCHED = 100;

export const VERDICTS = ["open", "done", "unmatched", "refused"] as const;

/** `open`: its targets say; the others are final. */
export type Verdict = (typeof VERDICTS)[number];

/** What is known of a webhook once its body was read, whatever that says. */
export interface Arrival {
  /** UUIDv7. */
  readonly id: string;
  /** When the last of its body came. Wall clock, milliseconds since the epoch: for people. */
  readonly arrivedAt: number;
  /** The project whose receiver it reached; empty for a ClusterConfig's. */
  readonly project: string;
  readonly receiver: string;
  readonly sender: string;
}

export interface Delivery extends Arrival {
  /** Order of arrival in this log; the clock plays no part. */
  readonly sequence: number;
  readonly repoURLs: readonly string[];
  readonly tags: readonly string[];
  readonly mediaType: string;
  readonly bodyBytes: number;
  readonly verdict: Verdict;
  readonly reason: string;
}

export interface NewDelivery extends Arrival {
  readonly repoURLs: readonly string[];
  readonly tags: readonly string[];
  readonly mediaType: string;
  readonly body: Uint8Array;
}

/** A webhook at a known path whose body was not one of its sender's. */
export interface RefusedDelivery extends Arrival {
  /** As much of it as was read. */
  readonly body: Uint8Array;
  readonly reason: string;
}
