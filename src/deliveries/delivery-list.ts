// The deliveries of all replicas in one list, as the admin API tells them and commands print them.
import { printable } from "../telemetry/printable.ts";
import type { DeliveryPage, DeliverySummary } from "./told-delivery.ts";

export interface ListedDelivery extends DeliverySummary {
  /** Whose log holds it. */
  readonly replica: string;
}

/** A page of one delivery. */
export interface ListedPage extends DeliveryPage {
  /** Whose log holds it. */
  readonly replica: string;
}

export interface Unanswered {
  /** Its name, or its address where nothing tells the name. */
  readonly replica: string;
  readonly reason: string;
}

/** Several replicas have one name. */
export interface Conflict {
  readonly replica: string;
  /** Where each of them was found. */
  readonly addresses: readonly string[];
}

export interface DeliveryList {
  /** Whose deliveries these are, the one that was asked first. */
  readonly replicas: readonly string[];
  /** Those whose deliveries are missing. */
  readonly unanswered: readonly Unanswered[];
  readonly conflicts: readonly Conflict[];
  /** Newest first. */
  readonly deliveries: readonly ListedDelivery[];
}

/** As many as one list may have. */
export const MAX_LISTED = 500;

/**
 * The newest `limit` of all. A replica's own order, which is that of arrival, is kept: its clock decides only between
 * its deliveries and another's.
 */
export function mergeLists(lists: readonly DeliveryList[], limit: number): DeliveryList {
  return {
    replicas: [...new Set(lists.flatMap(({ replicas }) => replicas))],
    unanswered: lists.flatMap(({ unanswered }) => unanswered),
    conflicts: lists.flatMap(({ conflicts }) => conflicts),
    deliveries: newest(lists, limit),
  };
}

function newest(lists: readonly DeliveryList[], limit: number): readonly ListedDelivery[] {
  const rests = lists.map(({ deliveries }) => deliveries.values());
  const heads = rests.map((rest) => rest.next().value);
  const found: ListedDelivery[] = [];
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
function placeOfNewest(heads: readonly (ListedDelivery | undefined)[]): number {
  return heads.reduce((best, head, place) => {
    if (!head) return best;
    const held = heads[best];
    return held && held.arrivedAt >= head.arrivedAt ? best : place;
  }, -1);
}

/** Whose deliveries are missing, and which replicas cannot be told apart; empty where all is well. */
export function troubleText({ unanswered, conflicts }: Pick<DeliveryList, "unanswered" | "conflicts">): string {
  const missing = unanswered.map(({ replica, reason }) => `the deliveries of ${replica} are missing: ${reason}`);
  const alike = conflicts.map(({ replica, addresses }) => {
    return `${addresses.join(" and ")} have the same name, ${replica}: give each a --replica of its own`;
  });
  return printable([...missing, ...alike].join("; "));
}
