// The embedded Kubernetes API: a function from request to response. Authenticate, route, operate, answer.
// It serves fixed kinds to one administrator; what kubectl finds here is in docs/kubectl.md.
import type { Clock, Random } from "../clock.ts";
import { StorageError } from "../errors.ts";
import { bearsToken } from "../http/bearer.ts";
import { EMPTY_BODY, type Handler, type HttpRequest, type HttpResponse, jsonResponse } from "../http/message.ts";
import type { Database } from "../sqlite.ts";
import { readObject } from "./body.ts";
import { bootstrap } from "./bootstrap.ts";
import type { Call, ObjectAddress } from "./call.ts";
import { create } from "./create.ts";
import { remove, removeCollection } from "./delete.ts";
import { discoveryResponse } from "./discovery.ts";
import { documentResponse, OPEN_PATHS } from "./documents.ts";
import { expireObjects } from "./expiry.ts";
import { collectGarbage } from "./garbage.ts";
import { newUid } from "./metadata.ts";
import { purgeNamespaces } from "./namespaces.ts";
import { createOpenApi, type OpenApi } from "./openapi.ts";
import { patch } from "./patch.ts";
import { get, list, watch } from "./reads.ts";
import { answerReview, type ReviewKind, reviewKindOf } from "./reviews.ts";
import { routeOf } from "./route.ts";
import { internalError, methodNotAllowed, notFound, qualified, StatusError, statusResponse } from "./statuses.ts";
import { openStore, type Store } from "./store.ts";
import { update } from "./update.ts";
import { flag } from "./watch-options.ts";

interface LocalKubeOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  /** The administrator's bearer token. */
  readonly token: string;
  /** Ends watches and what runs in the background. */
  readonly signal: AbortSignal;
  readonly bookmarkEveryMs?: number;
  /** Told what failed in the background. */
  readonly onError: (error: unknown) => void;
}

interface Api extends LocalKubeOptions {
  readonly store: Store;
  readonly openApi: OpenApi;
}

const BUILT_IN_PATH = /^\/(api\/v1|apis\/coordination\.k8s\.io\/v1)\/./;
const DEFAULT_BOOKMARK_EVERY_MS = 10_000;

export async function openLocalKube(options: LocalKubeOptions): Promise<{ readonly handler: Handler }> {
  const store = openStore(options.database);
  const api = { ...options, store, openApi: createOpenApi() };
  await bootstrap(api);
  const { clock, random, signal, onError } = options;
  const background = { store, clock, random, signal, onError };
  purgeNamespaces(background);
  collectGarbage(background);
  void expireObjects(background);
  return { handler: async (request) => finished(api, request, await answer(api, request).catch(refusal)) };
}

async function answer(api: Api, request: HttpRequest): Promise<HttpResponse> {
  const url = URL.parse(request.url, "http://localkube");
  if (!url || !isDecodable(url.pathname)) throw new StatusError(400, "BadRequest", "the request's target is malformed");
  if (!OPEN_PATHS.has(url.pathname)) authenticate(api.token, request);
  const document =
    discoveryResponse(url.pathname, request.headers) ??
    documentResponse(url.pathname) ??
    api.openApi({ path: url.pathname, query: url.searchParams, headers: request.headers, nowMs: api.clock.now() });
  if (document) return document;
  const review = reviewKindOf(url.pathname);
  if (review) return onReview(api, request, review);
  const route = routeOf(url.pathname);
  if (!route) return unknownPath(url.pathname);
  const { store, clock, random, signal, bookmarkEveryMs = DEFAULT_BOOKMARK_EVERY_MS } = api;
  return operate({ store, clock, random, signal, bookmarkEveryMs, request, route, query: url.searchParams });
}

function isDecodable(path: string): boolean {
  try {
    return decodeURIComponent(path) !== "";
  } catch {
    return false;
  }
}

function authenticate(token: string, request: HttpRequest): void {
  if (!bearsToken(request, token)) throw new StatusError(401, "Unauthorized", "Unauthorized");
  const user = request.headers["impersonate-user"];
  if (user === undefined) return;
  const message = `users "${user}" is forbidden: the embedded API has one user, who cannot act as another`;
  throw new StatusError(403, "Forbidden", message, { name: user, kind: "users" });
}

async function onReview({ clock }: Api, request: HttpRequest, kind: ReviewKind): Promise<HttpResponse> {
  if (request.method !== "POST") throw methodNotAllowed();
  return jsonResponse(201, answerReview(kind, (await readObject(request)).value as object, clock.now()));
}

async function operate(call: Call): Promise<HttpResponse> {
  const { namespace, name, isStatus } = call.route;
  checkVerb(call);
  return name === undefined ? onCollection(call) : onObject(call, { namespace, name, isStatus });
}

const VERB_OF: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" };

function checkVerb({ request, route }: Call): void {
  const isCollection = route.name === undefined;
  const verb = request.method === "DELETE" && isCollection ? "deletecollection" : VERB_OF[request.method];
  if (verb !== undefined && !route.kind.verbs.includes(verb)) throw methodNotAllowed(route.kind.refusal);
  // The real server knows HEAD for custom kinds alone.
  if (request.method === "HEAD" && !route.kind.isCustom) throw methodNotAllowed();
}

async function onCollection(call: Call): Promise<HttpResponse> {
  switch (call.request.method) {
    case "GET":
    case "HEAD":
      return flag(call.query, "watch") ? watch(call) : list(call);
    case "POST":
      return create(call);
    case "DELETE":
      return removeCollection(call);
    default:
      if (!call.route.kind.isCustom) throw methodNotAllowed();
      throw new StatusError(400, "BadRequest", "name must be provided");
  }
}

async function onObject(call: Call, target: ObjectAddress): Promise<HttpResponse> {
  switch (call.request.method) {
    case "GET":
    case "HEAD":
      return get(call, target.name);
    case "PATCH":
      return patch(call, target);
    case "PUT":
      return update(call, target);
    case "DELETE":
      return target.isStatus ? notSupported(call, "delete") : remove(call, target);
    default:
      return target.isStatus ? notSupported(call, "create") : notSupported(call, "");
  }
}

function notSupported({ route: { kind } }: Call, verb: string): never {
  const { resource, isCustom } = kind;
  if (!isCustom || verb === "") throw methodNotAllowed();
  const { group, plural } = resource;
  const message = `${verb} is not supported on resources of kind "${qualified(resource)}"`;
  throw new StatusError(405, "MethodNotAllowed", message, { group, kind: plural });
}

function unknownPath(path: string): HttpResponse {
  const parent = routeOf(path.replace(/\/[^/]+\/?$/, ""));
  if (parent?.name !== undefined && parent.kind.isCustom) throw notFound(parent.kind.resource, parent.name);
  if (BUILT_IN_PATH.test(path)) {
    throw new StatusError(404, "NotFound", "the server could not find the requested resource", {});
  }
  const headers = { "content-type": "text/plain; charset=utf-8" };
  return { status: 404, headers, body: Buffer.from("404 page not found\n") };
}

function refusal(error: unknown): HttpResponse {
  if (error instanceof StatusError) return statusResponse(error);
  if (error instanceof StorageError) return statusResponse(internalError(error.message));
  throw error;
}

/** What every answer carries; a HEAD has no body. */
function finished({ random }: Api, { method }: HttpRequest, response: HttpResponse): HttpResponse {
  const headers = { "audit-id": newUid(random), "cache-control": "no-cache, private", ...response.headers };
  return { ...response, headers, body: method === "HEAD" ? EMPTY_BODY : response.body };
}
