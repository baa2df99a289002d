// Deliveries as the admin API tells them and commands print them: short in a list, whole by themselves.
import type { Target, TargetState } from "../warehouses/target.ts";
import { type Delivery, type NotMatched, VERDICTS } from "./delivery.ts";

interface ToldDelivery extends Omit<Delivery, "arrivedAt"> {
  /** Whose log holds it. */
  readonly replica: string;
  /** RFC 3339. */
  readonly arrivedAt: string;
}

/**
 * A delivery in a list: what became of all it concerns in numbers, and some of them by name. Of what a sender wrote it
 * has as much as `MAX_SHORT_BYTES` leave room for, as many of `repoURLs` and `tags` too; a text that is cut has `…` at
 * its end.
 */
export interface DeliverySummary extends ToldDelivery {
  /** All of them. */
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

/** What lists can be of: deliveries of a verdict, or those that have a target in a state. */
export const LISTED_STATES = [...VERDICTS, ...STATES_IN_ORDER] as const;

export type ListedState = (typeof LISTED_STATES)[number];

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
   * Those that reached a receiver of it or concern one of its Warehouses, and those Warehouses alone; any when
   * undefined. A delivery concerns a Warehouse that it has a target in, or that it did not match.
   */
  readonly namespace: string | undefined;
  /** Of any when absent. */
  readonly state?: ListedState | undefined;
}

/** Which page of a delivery is asked for. */
export interface PageQuery {
  readonly id: string;
  /** What a former page says to `continue` with; undefined for the first one. */
  readonly continueToken: string | undefined;
}

export function tellDelivery(delivery: Delivery, replica: string): ToldDelivery {
  return { replica, ...delivery, arrivedAt: new Date(delivery.arrivedAt).toISOString() };
}

/** A delivery in a list without the Warehouses that it names, as JSON: it has three names of at most 253 characters. */
export const MAX_SHORT_BYTES = 3 * 1024;
/** Of each as JSON. A repository has at most 255 characters, a tag 128; a sender may write anything. */
const MAX_TEXT_BYTES = { repoURLs: 512, tags: 512, mediaType: 128, reason: 512 };

export function tellInShort(delivery: Delivery, replica: string): ToldDelivery & Pick<DeliverySummary, "tagCount"> {
  const { repoURLs, tags, mediaType, reason } = delivery;
  return {
    ...tellDelivery(delivery, replica),
    repoURLs: fitting(repoURLs, MAX_TEXT_BYTES.repoURLs),
    tags: fitting(tags, MAX_TEXT_BYTES.tags),
    tagCount: tags.length,
    mediaType: cut(mediaType, MAX_TEXT_BYTES.mediaType),
    reason: cut(reason, MAX_TEXT_BYTES.reason),
  };
}

/** The first one, cut if need be, and as many of those after it as there is room for. */
function fitting([first, ...others]: readonly string[], maxBytes: number): readonly string[] {
  if (first === undefined) return [];
  const fit = [cut(first, maxBytes)];
  let room = maxBytes - jsonBytes(fit);
  for (const text of others) {
    room -= jsonBytes([text]);
    if (room < 0) break;
    fit.push(text);
  }
  return fit;
}

function cut(text: string, maxBytes: number): string {
  if (text.length <= maxBytes && jsonBytes(text) <= maxBytes) return text;
  let room = maxBytes - jsonBytes("…");
  let length = 0;
  for (const character of text) {
    room -= jsonBytes(character) - jsonBytes("");
    if (room < 0) break;
    length += character.length;
  }
  return `${text.slice(0, length)}…`;
}

export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

export function targetCountsOf(counts: ReadonlyMap<string, number>): TargetCounts {
  return Object.fromEntries(
    STATES_IN_ORDER.flatMap((state) => (counts.has(state) ? [[state, counts.get(state)]] : [])),
  );
}
