// The admin listener's handler: health and readiness for everybody; metrics, and what became of the deliveries, for who
// has the token.
// ARCHITECTURE.md, "Three listeners": Host and Origin are checked, there are no cookies, and the two are exempt.
import type { Drain } from "../deliveries/drain.ts";
import { bearsToken } from "../http/bearer.ts";
import { type Handler, type HttpRequest, type HttpResponse, jsonResponse } from "../http/message.ts";
import { METRICS_MEDIA_TYPE } from "../telemetry/metrics.ts";
import { type DeliveriesOptions, deliveriesAnswer } from "./deliveries.ts";
import { type Check, healthzResponse, readyzResponse } from "./readiness.ts";

export interface AdminOptions extends DeliveriesOptions {
  checks(): readonly Check[];
  /** In Prometheus' text format. */
  metrics(): string;
  /** The present bearer token of those who may ask. */
  token(): string;
  /** Names and addresses under which a browser may reach us, on any port; another Host is a page that lured it here. */
  readonly hosts: readonly string[];
  /** Undefined in a process that receives nothing. */
  readonly drain: Drain | undefined;
}

/** POST begins to drain, DELETE cancels it; each tells the state, as GET does. */
export const DRAIN_PATH = "/api/v1/drain";

export function createAdmin(options: AdminOptions): Handler {
  return async (request) => {
    const url = URL.parse(request.url, "http://admin");
    if (!url) return jsonResponse(400, { error: "the request's target is malformed" });
    if (url.pathname === "/healthz") return healthzResponse();
    const refusal = refusalOf(request, options);
    if (url.pathname === "/readyz") return readyzResponse(options.checks(), refusal === undefined);
    if (refusal) return refusal;
    const methods = methodsOf(url, options);
    if (!methods) return jsonResponse(404, { error: `there is no ${url.pathname}` });
    const answer = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
    const allowed = Object.keys(methods).join(", ");
    return answer ? answer() : jsonResponse(405, { error: `only ${allowed}` }, { allow: allowed });
  };
}

type Methods = Readonly<Record<string, () => HttpResponse | Promise<HttpResponse>>>;

function methodsOf(url: URL, options: AdminOptions): Methods | undefined {
  const deliveries = deliveriesAnswer(url);
  if (deliveries) return { GET: () => deliveries(options) };
  if (url.pathname === "/metrics") return { GET: () => metricsResponse(options.metrics()) };
  const { drain, identity } = options;
  if (url.pathname !== DRAIN_PATH || !drain) return undefined;
  const told = (change?: () => void) => {
    change?.();
    return jsonResponse(200, { replica: identity.replica, ...drain.state() });
  };
  return { GET: () => told(), POST: () => told(() => drain.begin()), DELETE: () => told(() => drain.cancel()) };
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

function metricsResponse(text: string): HttpResponse {
  return { status: 200, headers: { "content-type": METRICS_MEDIA_TYPE }, body: Buffer.from(text) };
}
