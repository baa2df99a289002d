// The embedded Kubernetes API: a function from request to response. Authenticate, route, do, answer.
// It serves fixed kinds to one administrator; what kubectl needs of it is in embedded-api.md.
import { timingSafeEqual } from "node:crypto";
import type { Clock, Random } from "../clock.ts";
import {
  BodyTooLargeError,
  type Handler,
  type HttpRequest,
  type HttpResponse,
  jsonResponse,
  readBody,
} from "../http/message.ts";
import { apiVersionOf } from "../resources/resource.ts";
import type { Database } from "../sqlite.ts";
import { discoveryResponse } from "./discovery.ts";
import { documentResponse, OPEN_PATHS } from "./documents.ts";
import { matcherOf } from "./list-options.ts";
import { purgeNamespaces } from "./namespaces.ts";
import { openApiResponse } from "./openapi.ts";
import { decodeProtobuf, PROTOBUF } from "./protobuf.ts";
import { answerReview, type ReviewKind, reviewKindOf } from "./reviews.ts";
import { type ResourceRoute, routeOf } from "./route.ts";
import { detailsOf, notFound, StatusError, statusResponse } from "./statuses.ts";
import { openStore, type Store, type StoredObject } from "./store.ts";
import { tableOf, wantsTable } from "./table.ts";
import { watchStream } from "./watch.ts";
import { createObject, type DeleteOptions, deleteObject, patchObject, updateObject } from "./writes.ts";

interface LocalKubeOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  /** The administrator's bearer token. */
  readonly token: string;
  /** Ends watches and what runs in the background. */
  readonly signal: AbortSignal;
  readonly bookmarkEveryMs?: number;
}

/** One request under way. */
interface Call {
  readonly api: Api;
  readonly request: HttpRequest;
  readonly route: ResourceRoute;
  readonly query: URLSearchParams;
}

interface Api extends LocalKubeOptions {
  readonly store: Store;
}

const MAX_BODY_BYTES = 3_145_728;
const DEFAULT_BOOKMARK_EVERY_MS = 10_000;
const PATCH_TYPES = ["application/merge-patch+json", "application/strategic-merge-patch+json"];

export async function openLocalKube(options: LocalKubeOptions): Promise<{ readonly handler: Handler }> {
  const store = openStore(options.database);
  const api = { ...options, store };
  void purgeNamespaces(store, options.clock, options.signal);
  return {
    async handler(request) {
      try {
        return await answer(api, request);
      } catch (error) {
        if (error instanceof StatusError) return statusResponse(error);
        if (error instanceof BodyTooLargeError) {
          return statusResponse(
            new StatusError(413, "RequestEntityTooLarge", `Request entity too large: limit is ${MAX_BODY_BYTES}`),
          );
        }
        throw error;
      }
    },
  };
}

function answer(api: Api, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  const url = new URL(request.url, "http://localkube");
  if (!OPEN_PATHS.has(url.pathname)) authenticate(api.token, request);
  const document =
    discoveryResponse(url.pathname, request.headers) ??
    documentResponse(url.pathname) ??
    openApiResponse({ path: url.pathname, query: url.searchParams, headers: request.headers, nowMs: api.clock.now() });
  if (document) return document;
  const review = reviewKindOf(url.pathname);
  if (review) return onReview(api, request, review);
  const route = routeOf(url.pathname);
  if (!route)
    return { status: 404, headers: { "content-type": "text/plain" }, body: Buffer.from("404 page not found\n") };
  const call: Call = { api, request, route, query: url.searchParams };
  checkVerb(call);
  return route.name === undefined ? onCollection(call) : onObject(call, route.name);
}

function authenticate(token: string, request: HttpRequest): void {
  const given = Buffer.from(/^bearer (.*)$/i.exec(request.headers["authorization"] ?? "")?.[1] ?? "");
  const wanted = Buffer.from(token);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
    throw new StatusError(401, "Unauthorized", "Unauthorized");
}

async function onReview({ clock }: Api, request: HttpRequest, kind: ReviewKind): Promise<HttpResponse> {
  if (request.method !== "POST") throw methodNotAllowed();
  return jsonResponse(201, answerReview(kind, (await decodedBody(request)) as object, clock.now()));
}

const VERB_OF: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" };

function checkVerb({ request, route }: Call): void {
  const verb = VERB_OF[request.method];
  if (verb !== undefined && !route.kind.verbs.includes(verb)) throw methodNotAllowed();
}

function methodNotAllowed(): StatusError {
  const message = "the server does not allow this method on the requested resource";
  return new StatusError(405, "MethodNotAllowed", message, {});
}

function onCollection(call: Call): HttpResponse | Promise<HttpResponse> {
  switch (call.request.method) {
    case "GET":
      return ["true", "1"].includes(call.query.get("watch") ?? "") ? watch(call) : list(call);
    case "POST":
      return create(call);
    default:
      throw methodNotAllowed();
  }
}

async function onObject(call: Call, name: string): Promise<HttpResponse> {
  switch (call.request.method) {
    case "GET":
    case "HEAD":
      return get(call, name);
    case "PATCH":
      return patch(call, name);
    case "PUT":
      return update(call, name);
    case "DELETE":
      return remove(call, name);
    default:
      throw methodNotAllowed();
  }
}

function list({ api, request, route, query }: Call): HttpResponse {
  const { kind, namespace } = route;
  const objects = api.store.read.list(kind.resource, namespace).filter(matcherOf(query, namespace));
  const resourceVersion = String(api.store.revision());
  if (wantsTable(request.headers["accept"] ?? "")) {
    return jsonResponse(
      200,
      tableOf(kind, objects, {
        nowMs: api.clock.now(),
        includeObject: query.get("includeObject"),
        metadata: { resourceVersion },
      }),
    );
  }
  const metadata = { resourceVersion, continue: "" };
  return jsonResponse(200, {
    apiVersion: apiVersionOf(kind.resource),
    kind: `${kind.resource.kind}List`,
    metadata,
    items: objects,
  });
}

function watch({ api, request, route, query }: Call): HttpResponse {
  const { kind, namespace } = route;
  const isTable = wantsTable(request.headers["accept"] ?? "");
  const render = (object: StoredObject, hasColumns: boolean) => {
    const metadata = { resourceVersion: object.metadata.resourceVersion ?? "" };
    const nowMs = api.clock.now();
    return isTable
      ? tableOf(kind, [object], { nowMs, includeObject: query.get("includeObject"), metadata, hasColumns })
      : object;
  };
  const timeout = Number(query.get("timeoutSeconds"));
  const body = watchStream({
    store: api.store,
    clock: api.clock,
    resource: kind.resource,
    matches: matcherOf(query, namespace),
    render,
    resourceVersion: query.get("resourceVersion") ?? "",
    wantsBookmarks: query.get("allowWatchBookmarks") === "true" && !isTable,
    timeoutSeconds: timeout > 0 ? timeout : undefined,
    bookmarkEveryMs: api.bookmarkEveryMs ?? DEFAULT_BOOKMARK_EVERY_MS,
    signal: request.signal ? AbortSignal.any([request.signal, api.signal]) : api.signal,
  });
  return { status: 200, headers: { "content-type": "application/json" }, body };
}

function get({ api, request, route, query }: Call, name: string): HttpResponse {
  const { kind, namespace } = route;
  const object = api.store.read.get(kind.resource, namespace === undefined ? name : `${namespace}/${name}`);
  if (!object) throw notFound(kind.resource, name);
  if (!wantsTable(request.headers["accept"] ?? "")) return jsonResponse(200, object);
  const metadata = { resourceVersion: object.metadata.resourceVersion ?? "" };
  return jsonResponse(
    200,
    tableOf(kind, [object], { nowMs: api.clock.now(), includeObject: query.get("includeObject"), metadata }),
  );
}

async function create(call: Call): Promise<HttpResponse> {
  const body = (await jsonBody(call)) as StoredObject;
  const { namespace } = call.route;
  if (namespace !== undefined && body.metadata?.namespace && body.metadata.namespace !== namespace) {
    throw new StatusError(
      400,
      "BadRequest",
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  }
  return jsonResponse(201, await write(call, (context) => createObject(context, namespace, body)));
}

async function patch(call: Call, name: string): Promise<HttpResponse> {
  const type = (call.request.headers["content-type"] ?? "").split(";")[0] ?? "";
  const isStrategic = type.includes("strategic");
  if (!PATCH_TYPES.includes(type) || (isStrategic && call.route.kind.isCustom)) throw unsupportedPatch();
  const body = await jsonBody(call);
  return jsonResponse(200, await write(call, (context) => patchObject(context, targetOf(call, name), body)));
}

function unsupportedPatch(): StatusError {
  const message =
    "the body of the request was in an unknown format - accepted media types include: application/merge-patch+json";
  return new StatusError(415, "UnsupportedMediaType", message);
}

async function update(call: Call, name: string): Promise<HttpResponse> {
  const body = (await jsonBody(call)) as StoredObject;
  return jsonResponse(200, await write(call, (context) => updateObject(context, targetOf(call, name), body)));
}

async function remove(call: Call, name: string): Promise<HttpResponse> {
  const { kind, namespace } = call.route;
  const bytes = await readBody(call.request.body, MAX_BODY_BYTES);
  const options = (bytes.byteLength > 0 ? parse(bytes) : {}) as DeleteOptions & { dryRun?: readonly string[] };
  const uid = call.api.store.read.get(kind.resource, namespace === undefined ? name : `${namespace}/${name}`)?.metadata
    .uid;
  const isDryRun = options.dryRun?.includes("All") ?? false;
  const left = await write(call, (context) =>
    deleteObject({ ...context, isDryRun: context.isDryRun || isDryRun }, targetOf(call, name), options),
  );
  if (left) return jsonResponse(200, left);
  const details = { ...detailsOf(kind.resource, name), ...(uid && { uid }) };
  return jsonResponse(200, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details });
}

function targetOf({ route }: Call, name: string) {
  return { namespace: route.namespace, name, isStatus: route.isStatus };
}

function write<T>({ api, route, query }: Call, work: (context: Parameters<typeof patchObject>[0]) => T): Promise<T> {
  const { clock, random } = api;
  const isDryRun = query.get("dryRun") === "All";
  return api.store.transact((transaction) => work({ transaction, kind: route.kind, clock, random, isDryRun }));
}

function jsonBody({ request }: Call): Promise<unknown> {
  return decodedBody(request);
}

/** JSON, or what a protobuf body of a built-in kind stands for. */
async function decodedBody(request: HttpRequest): Promise<unknown> {
  const type = request.headers["content-type"] ?? "application/json";
  const bytes = await readBody(request.body, MAX_BODY_BYTES);
  if (type.includes("json")) return parse(bytes);
  const decoded = type.startsWith(PROTOBUF) ? fromProtobuf(bytes) : undefined;
  if (decoded !== undefined) return decoded;
  const message = `the body of the request was in an unknown format - accepted media types include: application/json, ${PROTOBUF}`;
  throw new StatusError(415, "UnsupportedMediaType", message);
}

function fromProtobuf(bytes: Uint8Array): unknown {
  try {
    return decodeProtobuf(bytes);
  } catch (error) {
    throw new StatusError(400, "BadRequest", `the object provided is unrecognized: ${(error as Error).message}`);
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch (error) {
    throw new StatusError(
      400,
      "BadRequest",
      `the object provided is unrecognized: json parse error: ${(error as Error).message}`,
    );
  }
}
