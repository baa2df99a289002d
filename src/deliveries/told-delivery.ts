// Deliveries as the admin API tells them and commands print them: short in a list, whole by themselves.
import type { Target, TargetState } from "../warehouses/target.ts";
import type { Delivery, NotMatched } from "./delivery.ts";

export interface ToldDelivery extends Omit<Delivery, "arrivedAt"> {
  /** RFC 3339. */
  readonly arrivedAt: string;
}

/**
 * A delivery in a list: what became of all it concerns in numbers, and some of them by name. Texts that a sender wrote
 * are cut, with `…` at their end.
 */
export interface DeliverySummary extends ToldDelivery {
  /** At most twenty. */
  readonly tags: readonly string[];
  readonly tagCount: number;
  /** How many targets are in each state; states that none is in are absent. */
  readonly targetCounts: TargetCounts;
  /** At most ten of them, those that are not done first; none where a list would grow too long. */
  readonly targets: readonly Target[];
  readonly notMatchedCount: number;
  /** As many of those, and fewer, as of `targets`. */
  readonly notMatched: readonly NotMatched[];
}

/** In the order of `STATES_IN_ORDER`. */
export type TargetCounts = Readonly<Partial<Record<TargetState, number>>>;

/** What somebody has to look at comes first, and what is done last. */
export const STATES_IN_ORDER = [
  ...(["failed", "retrying", "not-visible", "pending", "refreshed"] as const),
  ...(["not-wanted", "gone", "handled", "discovered"] as const),
] satisfies readonly TargetState[];

/** A delivery with some of its targets, in the order of namespace, name, uid and tag. */
export interface DeliveryPage extends ToldDelivery {
  /** At most 500, and about a megabyte. */
  readonly targets: readonly Target[];
  /** All of them that the log names. */
  readonly notMatched: readonly NotMatched[];
  /** What to ask for the next page with; absent on the last one. */
  readonly continue?: string;
}

/** Which deliveries a list is to have. */
export interface DeliveryQuery {
  /** At most so many, the newest. */
  readonly limit: number;
  /**
   * Those that reached a receiver of it or concern one of its Warehouses, and those Warehouses alone; any when undefined.
   * A delivery concerns a Warehouse that it has a target in, or that it did not match.
   */
  readonly namespace: string | undefined;
}

/** Which page of a delivery is asked for. */
export interface PageQuery {
  readonly id: string;
  /** What a former page says to `continue` with; undefined for the first one. */
  readonly continueToken: string | undefined;
}

export function tellDelivery(delivery: Delivery): ToldDelivery {
  return { ...delivery, arrivedAt: new Date(delivery.arrivedAt).toISOString() };
}

/** Longer than any name or tag that a registry takes, and than most reasons. */
const MAX_TEXT_LENGTH = 500;
const MAX_TAGS = 20;

/** In a few kilobytes, whatever was pushed. */
export function tellInShort(delivery: Delivery): ToldDelivery & Pick<DeliverySummary, "tagCount"> {
  const { repoURLs, tags, mediaType, reason, ...told } = tellDelivery(delivery);
  const tagCount = tags.length;
  const texts = { repoURLs: repoURLs.map(cut), tags: tags.slice(0, MAX_TAGS).map(cut), tagCount };
  return { ...told, ...texts, mediaType: cut(mediaType), reason: cut(reason) };
}

function cut(text: string): string {
  return text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH)}…`;
}

export function targetCountsOf(counts: ReadonlyMap<string, number>): TargetCounts {
  return Object.fromEntries(
    STATES_IN_ORDER.flatMap((state) => (counts.has(state) ? [[state, counts.get(state)]] : [])),
  );
}
