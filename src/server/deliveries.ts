// `GET /api/v1/deliveries`: the newest deliveries of all replicas; behind an id, one of them whole, page by page. With
// `peers=false` those of this replica alone.
import {
  DEFAULT_LIMIT,
  type DeliveryList,
  EMPTY_LIST,
  MAX_LIMIT,
  mergeLists,
  troubleText,
} from "../deliveries/delivery-list.ts";
import type { DeliveryReader } from "../deliveries/delivery-reader.ts";
import { type DeliveryQuery, LISTED_STATES, type PageQuery } from "../deliveries/told-delivery.ts";
import { InputError } from "../errors.ts";
import { type HttpResponse, jsonResponse } from "../http/message.ts";
import { DELIVERIES_PATH, parseDeliveryPath } from "./delivery-paths.ts";
import type { Peers } from "./peers.ts";
import { identityHeader, type ReplicaIdentity } from "./replica-identity.ts";

export interface DeliveriesOptions {
  readonly identity: ReplicaIdentity;
  /** Undefined in a process that receives nothing. */
  readonly deliveries: DeliveryReader | undefined;
  /** Undefined where no others are known. */
  readonly peers: Peers | undefined;
}

type Answer = (options: DeliveriesOptions) => Promise<HttpResponse>;

/** What to answer GET with; undefined where the path is not one of deliveries. */
export function deliveriesAnswer({ pathname, searchParams: given }: URL): Answer | undefined {
  const answer = answerTo(pathname, given);
  return answer && given.get("peers") === "false" ? alone(answer) : answer;
}

function answerTo(pathname: string, given: URLSearchParams): Answer | undefined {
  if (pathname === DELIVERIES_PATH) return (options) => listResponse(given, options);
  const id = parseDeliveryPath(pathname);
  if (id === undefined) return undefined;
  return (options) => pageResponse({ id, continueToken: given.get("continue") ?? undefined }, options);
}

/** Asks no others, and says who answers. */
function alone(answer: Answer): Answer {
  return async (options) => {
    const { headers, ...own } = await answer({ ...options, peers: undefined });
    return { ...own, headers: { ...headers, ...identityHeader(options.identity) } };
  };
}

async function listResponse(given: URLSearchParams, options: DeliveriesOptions): Promise<HttpResponse> {
  const limit = Number(given.get("limit") ?? DEFAULT_LIMIT);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    return jsonResponse(400, { error: `limit must be a whole number from 1 to ${MAX_LIMIT}` });
  }
  const wanted = given.get("state") ?? undefined;
  const state = LISTED_STATES.find((one) => one === wanted);
  if (state !== wanted) return jsonResponse(400, { error: `state must be one of ${LISTED_STATES.join(", ")}` });
  const query = { limit, namespace: given.get("namespace") ?? undefined, state };
  const [own, others] = await Promise.all([ownList(query, options), options.peers?.lists(query) ?? []]);
  return jsonResponse(200, mergeLists([own, ...others], limit));
}

async function ownList(query: DeliveryQuery, { identity, deliveries }: DeliveriesOptions): Promise<DeliveryList> {
  const own = (await deliveries?.recent(query)) ?? EMPTY_LIST;
  return { replicas: [identity.replica], unanswered: [], conflicts: [], ...own };
}

async function pageResponse(query: PageQuery, options: DeliveriesOptions): Promise<HttpResponse> {
  try {
    return await foundResponse(query, options);
  } catch (error) {
    if (error instanceof InputError) return jsonResponse(400, { error: error.message });
    throw error;
  }
}

/** 404 is said only where all that may have it were asked. */
async function foundResponse(query: PageQuery, { deliveries, peers }: DeliveriesOptions) {
  const own = deliveries?.page(query);
  if (own) return jsonResponse(200, own);
  const { page, unanswered = [] } = (await peers?.page(query)) ?? {};
  if (page) return jsonResponse(200, page);
  const error = `no delivery has the id ${query.id}`;
  if (unanswered.length === 0) return jsonResponse(404, { error });
  return jsonResponse(503, { error: `${error}; ${troubleText({ unanswered, conflicts: [] })}` });
}
