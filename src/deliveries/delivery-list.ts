// The deliveries of all replicas in one list, as the admin API tells them and commands print them.
import { printable } from "../telemetry/printable.ts";
import { type DeliverySummary, MAX_SHORT_BYTES } from "./told-delivery.ts";

export interface Unanswered {
  /** The name or the address that it was asked at: its own name nobody told. */
  readonly peer: string;
  readonly reason: string;
}

/** Several replicas have one name. */
export interface Conflict {
  readonly replica: string;
  /** Where each of them was found, in words. */
  readonly places: readonly string[];
}

/** What one replica lists of its log. */
export interface LogList {
  /** Newest first. */
  readonly deliveries: readonly DeliverySummary[];
  /** There are older ones. */
  readonly hasMore: boolean;
  /** How many are open, listed or not: in the namespace, where one was asked for. */
  readonly openCount: number;
}

export const EMPTY_LIST: LogList = { deliveries: [], hasMore: false, openCount: 0 };

export interface DeliveryList extends LogList {
  /** Whose deliveries these are, the one that was asked first. */
  readonly replicas: readonly string[];
  /** Those whose deliveries are missing. */
  readonly unanswered: readonly Unanswered[];
  readonly conflicts: readonly Conflict[];
}

export const DEFAULT_LIMIT = 20;
/** As many as one list may have. */
export const MAX_LIMIT = 500;
/** Of all the Warehouses that the list of one replica names, as JSON. */
export const MAX_NAMED_BYTES = 512 * 1024;
/** Of what stands around the deliveries. */
const MAX_ENVELOPE_BYTES = 4 * 1024;

/** Longer than the answer of one replica that is asked alone ever is, whatever was pushed: 2 MiB for 500 deliveries. */
export function maxListBytes(limit: number): number {
  return limit * MAX_SHORT_BYTES + MAX_NAMED_BYTES + MAX_ENVELOPE_BYTES;
}

/**
 * The newest `limit` of all. A replica's own order, which is that of arrival, is kept: its clock decides only between
 * its deliveries and another's.
 */
export function mergeLists(lists: readonly DeliveryList[], limit: number): DeliveryList {
  const count = lists.reduce((total, { deliveries }) => total + deliveries.length, 0);
  return {
    replicas: [...new Set(lists.flatMap(({ replicas }) => replicas))],
    unanswered: lists.flatMap(({ unanswered }) => unanswered),
    conflicts: lists.flatMap(({ conflicts }) => conflicts),
    openCount: lists.reduce((total, { openCount }) => total + openCount, 0),
    hasMore: count > limit || lists.some(({ hasMore }) => hasMore),
    deliveries: newest(lists, limit),
  };
}

/** How many that are open the list leaves out. */
export function openLeft({ openCount, deliveries }: LogList): number {
  return openCount - deliveries.filter(({ verdict }) => verdict === "open").length;
}

function newest(lists: readonly DeliveryList[], limit: number): readonly DeliverySummary[] {
  const rests = lists.map(({ deliveries }) => deliveries.values());
  const heads = rests.map((rest) => rest.next().value);
  const found: DeliverySummary[] = [];
  while (found.length < limit) {
    const place = placeOfNewest(heads);
    const head = heads[place];
    if (!head) break;
    found.push(head);
    heads[place] = rests[place]?.next().value;
  }
  return found;
}

/** -1 when there is none. RFC 3339 in UTC with one number of digits sorts as text. */
function placeOfNewest(heads: readonly (DeliverySummary | undefined)[]): number {
  return heads.reduce((best, head, place) => {
    if (!head) return best;
    const held = heads[best];
    return held && held.arrivedAt >= head.arrivedAt ? best : place;
  }, -1);
}

/** Whose deliveries are missing, and which replicas cannot be told apart; empty where all is well. */
export function troubleText({ unanswered, conflicts }: Pick<DeliveryList, "unanswered" | "conflicts">): string {
  const missing = unanswered.map(({ peer, reason }) => `the deliveries of ${peer} are missing: ${reason}`);
  const alike = conflicts.map(({ replica, places }) => {
    return `${places.join(" and ")} have the same name, ${replica}: give each a --replica of its own`;
  });
  return printable([...missing, ...alike].join("; "));
}
