// The admin listener's handler: readiness for everybody; what became of the deliveries for who has the token.
// The design's "Three listeners": Host and Origin are checked, there are no cookies, and `/readyz` is exempt.
import type { DeliveryRecord } from "../deliveries/log.ts";
import { tellDelivery } from "../deliveries/told-delivery.ts";
import { bearsToken } from "../http/bearer.ts";
import { EMPTY_BODY, type Handler, type HttpRequest, type HttpResponse, jsonResponse } from "../http/message.ts";

interface AdminOptions {
  isReady(): boolean;
  /** Bearer token of those who may ask. */
  readonly token: string;
  /** Each `host:port` under which a browser may reach us; another Host is a page that lured it here. */
  allowedHosts(): readonly string[];
  recentDeliveries(limit: number): readonly DeliveryRecord[];
}

export const DELIVERIES_PATH = "/api/v1/deliveries";
const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 500;

export function createAdmin(options: AdminOptions): Handler {
  return async (request) => {
    const url = URL.parse(request.url, "http://admin");
    if (!url) return jsonResponse(400, { error: "the request's target is malformed" });
    if (url.pathname === "/readyz") return { status: options.isReady() ? 200 : 503, headers: {}, body: EMPTY_BODY };
    const refusal = refusalOf(request, options);
    if (refusal) return refusal;
    if (url.pathname !== DELIVERIES_PATH) return jsonResponse(404, { error: `there is no ${url.pathname}` });
    if (request.method !== "GET") return jsonResponse(405, { error: "only GET" }, { allow: "GET" });
    return deliveries(url.searchParams.get("limit"), options);
  };
}

function refusalOf(request: HttpRequest, { token, allowedHosts }: AdminOptions): HttpResponse | undefined {
  const { host = "", origin } = request.headers;
  const hosts = allowedHosts();
  if (!hosts.includes(host)) return jsonResponse(403, { error: `the Host ${host} is not ours` });
  if (origin !== undefined && !hosts.some((one) => origin === `http://${one}`)) {
    return jsonResponse(403, { error: `the Origin ${origin} may not ask` });
  }
  if (bearsToken(request, token)) return undefined;
  return jsonResponse(401, { error: "a bearer token is needed" }, { "www-authenticate": "Bearer" });
}

function deliveries(limit: string | null, { recentDeliveries }: AdminOptions): HttpResponse {
  const count = limit === null ? DEFAULT_LIMIT : Number(limit);
  if (!Number.isInteger(count) || count < 1 || count > MAX_LIMIT) {
    return jsonResponse(400, { error: `limit must be a whole number from 1 to ${MAX_LIMIT}` });
  }
  return jsonResponse(200, { deliveries: recentDeliveries(count).map(tellDelivery) });
}
