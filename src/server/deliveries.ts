// `GET /api/v1/deliveries`: the newest deliveries of all replicas, or of this one alone.
import { type DeliveryList, MAX_LISTED, mergeLists } from "../deliveries/delivery-list.ts";
import type { DeliveryRecord } from "../deliveries/log.ts";
import { tellDelivery } from "../deliveries/told-delivery.ts";
import { type HttpResponse, jsonResponse } from "../http/message.ts";

/** One list for each of the other replicas, which says so when there was no answer. Never rejects. */
export type AskPeers = (limit: number) => Promise<readonly DeliveryList[]>;

export interface DeliveriesOptions {
  /** The name of this process among the replicas. */
  readonly replica: string;
  /** Newest first. */
  recentDeliveries(limit: number): readonly DeliveryRecord[];
  /** Undefined where no others are known. */
  readonly askPeers: AskPeers | undefined;
}

export const DELIVERIES_PATH = "/api/v1/deliveries";
const DEFAULT_LIMIT = 20;

/** Path and query by which one replica asks another: it must not ask others in turn. */
export function ownDeliveriesPath(limit: number): string {
  return `${DELIVERIES_PATH}?limit=${limit}&peers=false`;
}

export async function deliveriesResponse(query: URLSearchParams, options: DeliveriesOptions): Promise<HttpResponse> {
  const { replica, recentDeliveries, askPeers } = options;
  const limit = Number(query.get("limit") ?? DEFAULT_LIMIT);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LISTED) {
    return jsonResponse(400, { error: `limit must be a whole number from 1 to ${MAX_LISTED}` });
  }
  const ownList = (): DeliveryList => ({
    replicas: [replica],
    unanswered: [],
    deliveries: recentDeliveries(limit).map((record) => ({ replica, ...tellDelivery(record) })),
  });
  if (!askPeers || query.get("peers") === "false") return jsonResponse(200, ownList());
  const others = await askPeers(limit);
  return jsonResponse(200, mergeLists([ownList(), ...others], limit));
}
