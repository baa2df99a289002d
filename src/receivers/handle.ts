// Stage A: one webhook, from its bytes to its answer. Nothing here calls out; the answer waits for the record on disk
// and, for a while, for the refreshes. docs/compatibility.md, sections 3 and 4; ARCHITECTURE.md, "The answer".
import type { Clock, Random } from "../clock.ts";
import type { Dispatcher } from "../deliveries/dispatch.ts";
import type { Drain } from "../deliveries/drain.ts";
import { newDeliveryId } from "../deliveries/id.ts";
import { type DeliveryLog, LogFullError } from "../deliveries/log.ts";
import {
  BodyIncompleteError,
  BodyTooLargeError,
  type Handler,
  type HttpRequest,
  type HttpResponse,
  readBodyUpTo,
} from "../http/message.ts";
import * as answers from "./answers.ts";
import type { Push } from "./push.ts";
import { requestPath } from "./request-path.ts";
import type { Route, Routes } from "./routes.ts";

export interface ReceiverOptions {
  readonly routes: Routes;
  readonly log: DeliveryLog;
  readonly dispatcher: Dispatcher;
  readonly drain: Drain;
  readonly clock: Clock;
  readonly random: Random;
  /** How long the answer waits for the refreshes, in milliseconds; 0 answers as soon as the delivery is recorded. */
  readonly answerWithinMs: number;
  /** Whether the log outlives this process: only then may an answer promise what is not done yet. */
  readonly isDurable: boolean;
  /** Told of each request to a path that no receiver has; the path itself is told to nobody. */
  readonly onUnknownPath: () => void;
  /** Told of faults on our side, for the log. */
  readonly onError: (error: unknown) => void;
}

/** The webhook listener's handler: receivers and `/healthz`, nothing else. */
export function createReceiver(options: ReceiverOptions): Handler {
  return async (request) => {
    const target = requestPath(request.url);
    if (target.kind === "malformed") return answers.malformedTarget();
    if (target.kind === "unclean") return answers.redirect(request.method, target.location);
    if (target.path === "/healthz") return answers.healthy();

    const found = options.routes.find(target.path);
    if (found.kind === "unready") return answers.unavailable();
    if (found.kind === "unknown") {
      options.onUnknownPath();
      return answers.unknownPath();
    }
    if (request.method !== "POST") return answers.methodNotAllowed();
    if (options.drain.isDraining) return answers.draining();
    return receive(found.route, request, options);
  };
}

async function receive(route: Route, request: HttpRequest, options: ReceiverOptions): Promise<HttpResponse> {
  const { log, clock, random, answerWithinMs, onError } = options;
  const read = await readPush(route, request);
  if (read.kind === "not-awaited") return answers.unavailable();
  // A body may take long: deliveries arrive in the order in which they are recorded.
  const arrival = {
    id: newDeliveryId(clock, random),
    arrivedAt: clock.now(),
    project: route.project,
    receiver: route.receiver,
    sender: route.sender.name,
  };
  if (read.kind === "refused") {
    // The sender's fault is answered as such, kept or not.
    await log.refuse({ ...arrival, body: read.body, reason: read.reason }).catch(onError);
    return read.answer;
  }
  try {
    // It may have been told to take no more while the body arrived.
    if (options.drain.isDraining) return answers.draining();
    const delivery = await log.record({ ...arrival, ...read.push, body: read.body });
    const dispatched = options.dispatcher.dispatch(delivery);
    const outcome = answerWithinMs === 0 ? undefined : await waitAtMost(answerWithinMs, dispatched, clock);
    if (outcome?.kind === "refreshed") return answers.refreshed(delivery.id, outcome.count);
    return options.isDurable ? answers.accepted(delivery.id) : answers.unavailable();
  } catch (error) {
    if (error instanceof LogFullError) return answers.unavailable();
    onError(error);
    return answers.failed();
  }
}

type ReadPush =
  /** The listener ended before the body did. */
  | { readonly kind: "not-awaited" }
  | { readonly kind: "push"; readonly push: Push; readonly body: Uint8Array }
  | { readonly kind: "refused"; readonly answer: HttpResponse; readonly reason: string; readonly body: Uint8Array };

async function readPush({ sender }: Route, { body }: HttpRequest): Promise<ReadPush> {
  const { bytes, error } = await readBodyUpTo(body, answers.MAX_BODY_BYTES);
  if (error instanceof BodyIncompleteError && error.fault === "not awaited") return { kind: "not-awaited" };
  if (error !== undefined) return { kind: "refused", ...refusalOf(error), body: bytes };
  const parsed = sender.parse(bytes);
  if (parsed.kind === "refused") {
    return { kind: "refused", answer: answers.invalidBody(), reason: parsed.reason, body: bytes };
  }
  return { kind: "push", push: parsed.push, body: bytes };
}

function refusalOf(error: unknown): { answer: HttpResponse; reason: string } {
  if (error instanceof BodyTooLargeError) return { answer: answers.bodyTooLarge(), reason: error.message };
  if (!(error instanceof BodyIncompleteError)) throw error;
  return { answer: error.fault === "too slow" ? answers.bodyTooSlow() : answers.failed(), reason: error.message };
}

/** The outcome, or undefined when it takes longer than the answer may wait: what leads to it goes on. */
async function waitAtMost<T>(timeoutMs: number, outcome: Promise<T>, clock: Clock): Promise<T | undefined> {
  const timer = new AbortController();
  try {
    return await Promise.race([outcome, clock.sleep(timeoutMs, timer.signal).then(() => undefined)]);
  } finally {
    // Given a reason, because the one that it makes for itself carries a stack.
    timer.abort("the outcome came");
  }
}
