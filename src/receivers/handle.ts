// Stage A: one webhook, from its bytes to its answer. Nothing here calls out; the answer waits for the record on disk
// and, for a while, for the refreshes. kargo-behaviour.md, sections 3 and 4; the design's "The answer".
import type { Clock, Random } from "../clock.ts";
import type { Dispatcher, DispatchOutcome } from "../deliveries/dispatch.ts";
import { newDeliveryId } from "../deliveries/id.ts";
import { type DeliveryLog, LogFullError } from "../deliveries/log.ts";
import {
  BodyTooLargeError,
  EMPTY_BODY,
  type Handler,
  type HttpRequest,
  type HttpResponse,
  jsonResponse,
  readBody,
} from "../http/message.ts";
import type { Route, Routes } from "./routes.ts";

/** Kargo's limit on a webhook's body. */
export const MAX_BODY_BYTES = 2_097_152;
const RETRY_AFTER_SECONDS = "1";

interface ReceiverOptions {
  readonly routes: Routes;
  readonly log: DeliveryLog;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly random: Random;
  /** How long the answer waits for the refreshes, in milliseconds; 0 answers as soon as the delivery is recorded. */
  readonly answerWithinMs: number;
  /** Told of faults on our side, for the log. */
  readonly onError: (error: unknown) => void;
}

/** The webhook listener's handler: receivers and `/healthz`, nothing else. */
export function createReceiver(options: ReceiverOptions): Handler {
  return async (request) => {
    const path = pathOf(request.url);
    if (path === "/healthz") return { status: 200, headers: {}, body: EMPTY_BODY };
    const found = options.routes.find(path);
    if (found.kind === "unready") return unavailable();
    if (found.kind === "unknown") return jsonResponse(404, {});
    if (request.method !== "POST") return jsonResponse(405, {}, { allow: "POST" });
    try {
      return await receive(options, found.route, request);
    } catch (error) {
      return refusal(error, options);
    }
  };
}

async function receive(options: ReceiverOptions, route: Route, request: HttpRequest): Promise<HttpResponse> {
  const { log, dispatcher, clock, random, answerWithinMs } = options;
  if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) throw new BodyTooLargeError(MAX_BODY_BYTES);
  const body = await readBody(request.body, MAX_BODY_BYTES);
  const parsed = route.sender.parse(body);
  if (parsed.kind === "refused") return jsonResponse(parsed.status, { error: "invalid request body" });

  const { repoURLs, tag } = parsed.push;
  const { project, receiver, sender } = route;
  const id = newDeliveryId(clock, random);
  const arrivedAt = clock.now();
  const delivery = await log.record({ id, arrivedAt, project, receiver, sender: sender.name, repoURLs, tag, body });

  const outcome = await within(options, answerWithinMs, dispatcher.dispatch(delivery));
  const headers = { "dockbell-delivery": id };
  return outcome?.kind === "refreshed"
    ? jsonResponse(200, { msg: `refreshed ${outcome.count} warehouse(s)` }, headers)
    : jsonResponse(202, { msg: "accepted", delivery: id }, headers);
}

/** The outcome, or undefined when it takes longer. */
async function within(
  { clock }: ReceiverOptions,
  ms: number,
  outcome: Promise<DispatchOutcome>,
): Promise<DispatchOutcome | undefined> {
  if (ms === 0) return undefined;
  const timer = new AbortController();
  try {
    return await Promise.race([outcome, clock.sleep(ms, timer.signal).then(() => undefined)]);
  } finally {
    timer.abort();
  }
}

function refusal(error: unknown, { onError }: ReceiverOptions): HttpResponse {
  if (error instanceof BodyTooLargeError) {
    return jsonResponse(413, { error: `content exceeds limit of ${MAX_BODY_BYTES} bytes` }, { connection: "close" });
  }
  onError(error);
  return error instanceof LogFullError ? unavailable() : jsonResponse(500, {}, { connection: "close" });
}

function unavailable(): HttpResponse {
  return jsonResponse(503, {}, { "retry-after": RETRY_AFTER_SECONDS });
}

/** The path without its query, percent-decoded as Kargo's server compares it; one that cannot be decoded matches nothing. */
function pathOf(target: string): string {
  const end = target.indexOf("?");
  const path = end < 0 ? target : target.slice(0, end);
  try {
    return path.includes("%") ? decodeURIComponent(path) : path;
  } catch {
    return "";
  }
}
