// The admin listener's handler: health and readiness for everybody; what became of the deliveries for who has the token.
// The design's "Three listeners": Host and Origin are checked, there are no cookies, and the two are exempt.
import type { DeliveryRecord } from "../deliveries/log.ts";
import { tellDelivery } from "../deliveries/told-delivery.ts";
import { bearsToken } from "../http/bearer.ts";
import { type Handler, type HttpRequest, type HttpResponse, jsonResponse } from "../http/message.ts";
import { type Check, healthzResponse, readyzResponse } from "./readiness.ts";

export interface AdminOptions {
  checks(): readonly Check[];
  /** The present bearer token of those who may ask. */
  token(): string;
  /** Names and addresses under which a browser may reach us, on any port; another Host is a page that lured it here. */
  readonly hosts: readonly string[];
  recentDeliveries(limit: number): readonly DeliveryRecord[];
}

export const DELIVERIES_PATH = "/api/v1/deliveries";
const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 500;

export function createAdmin(options: AdminOptions): Handler {
  return async (request) => {
    const url = URL.parse(request.url, "http://admin");
    if (!url) return jsonResponse(400, { error: "the request's target is malformed" });
    if (url.pathname === "/healthz") return healthzResponse();
    const refusal = refusalOf(request, options);
    if (url.pathname === "/readyz") return readyzResponse(options.checks(), refusal === undefined);
    if (refusal) return refusal;
    if (url.pathname !== DELIVERIES_PATH) return jsonResponse(404, { error: `there is no ${url.pathname}` });
    if (request.method !== "GET") return jsonResponse(405, { error: "only GET" }, { allow: "GET" });
    return deliveries(url.searchParams.get("limit"), options);
  };
}

function refusalOf(request: HttpRequest, { token, hosts }: AdminOptions): HttpResponse | undefined {
  const { host = "", origin } = request.headers;
  if (!hosts.includes(host.replace(/:\d+$/, ""))) return jsonResponse(403, { error: `the Host ${host} is not ours` });
  if (origin !== undefined && origin !== `http://${host}`) {
    return jsonResponse(403, { error: `the Origin ${origin} may not ask` });
  }
  if (bearsToken(request, token())) return undefined;
  return jsonResponse(401, { error: "a bearer token is needed" }, { "www-authenticate": "Bearer" });
}

function deliveries(limit: string | null, { recentDeliveries }: AdminOptions): HttpResponse {
  const count = limit === null ? DEFAULT_LIMIT : Number(limit);
  if (!Number.isInteger(count) || count < 1 || count > MAX_LIMIT) {
    return jsonResponse(400, { error: `limit must be a whole number from 1 to ${MAX_LIMIT}` });
  }
  return jsonResponse(200, { deliveries: recentDeliveries(count).map(tellDelivery) });
}
