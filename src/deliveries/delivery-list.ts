// The deliveries of all replicas in one list, as the admin API tells them and commands print them.
import type { ToldDelivery } from "./told-delivery.ts";

export interface ListedDelivery extends ToldDelivery {
  /** Whose log holds it. */
  readonly replica: string;
}

export interface Unanswered {
  /** Its name, or its address where nothing tells the name. */
  readonly replica: string;
  readonly reason: string;
}

export interface DeliveryList {
  /** Whose deliveries these are, the one that was asked first. */
  readonly replicas: readonly string[];
  /** Those whose deliveries are missing. */
  readonly unanswered: readonly Unanswered[];
  /** Newest first. */
  readonly deliveries: readonly ListedDelivery[];
}

/** As many as one list may have. */
export const MAX_LISTED = 500;

/**
 * The newest `limit` of all. A replica's own order, which is that of arrival, is kept: its clock decides only between
 * its deliveries and another's. Of two lists of one replica the first counts.
 */
export function mergeLists(lists: readonly DeliveryList[], limit: number): DeliveryList {
  const replicas = new Set<string>();
  const counted = lists.filter((list) => {
    const isNew = !list.replicas.some((replica) => replicas.has(replica));
    for (const replica of list.replicas) replicas.add(replica);
    return isNew;
  });
  const unanswered = counted.flatMap((list) => list.unanswered);
  return { replicas: [...replicas], unanswered, deliveries: newest(counted, limit) };
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
