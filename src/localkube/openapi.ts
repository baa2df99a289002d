// The API's description of itself: one OpenAPI v3 document per group version, behind an index that names each by its
// hash so that kubectl keeps what it knows.
import { createHash } from "node:crypto";
import { EMPTY_BODY, type HttpResponse, jsonResponse } from "../http/message.ts";
import { apiVersionOf } from "../resources/resource.ts";
import { SERVED_KINDS, type ServedKind } from "./kinds.ts";
import { componentsOf } from "./openapi-components.ts";
import { pathsOf } from "./openapi-paths.ts";

interface OpenApiDocument {
  readonly body: Uint8Array;
  /** Of the body, as its URL and ETag carry it. */
  readonly hash: string;
}

interface OpenApiRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly nowMs: number;
}

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
const UNCACHED = { "cache-control": "no-cache, private" };
const INFO = { title: "Dockbell", version: "v1" };

/** The smallest protobuf document, swagger "2.0" with a title and a version: kubectl wants one and reads no more of it. */
const V2_PROTOBUF = Buffer.from("0a03322e3012120a08446f636b62656c6c120676312e302e30", "hex");
const V2_PROTOBUF_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/** Undefined where the path is none of OpenAPI's. */
export type OpenApi = (request: OpenApiRequest) => HttpResponse | undefined;

/** The documents are built when the first is asked for: most commands never do. */
export function createOpenApi(): OpenApi {
  let documents: ReadonlyMap<string, OpenApiDocument> | undefined;
  return ({ path, query, headers, nowMs }) => {
    if (path === "/openapi/v2") return versionTwo(headers["accept"] ?? "");
    if (!path.startsWith("/openapi/v3")) return undefined;
    documents ??= documentsByRoot();
    if (path === "/openapi/v3") return index(documents);
    const root = path.slice("/openapi/v3/".length);
    const document = documents.get(root);
    if (!document) return { status: 404, headers: UNCACHED, body: EMPTY_BODY };
    return documentResponse(document, root, { asked: query.get("hash"), headers, nowMs });
  };
}

/** By `api/v1` or `apis/<group>/<version>`. */
function documentsByRoot(): ReadonlyMap<string, OpenApiDocument> {
  const roots = Map.groupBy(SERVED_KINDS, ({ resource }) => rootOf(resource));
  return new Map([...roots].map(([root, kinds]) => [root, documentOf(kinds)]));
}

function rootOf(resource: ServedKind["resource"]): string {
  return `${resource.group === "" ? "api" : "apis"}/${apiVersionOf(resource)}`;
}

function documentOf(kinds: readonly ServedKind[]): OpenApiDocument {
  const document = {
    openapi: "3.0.0",
    info: INFO,
    paths: pathsOf(kinds),
    components: { schemas: componentsOf(kinds) },
  };
  const body = Buffer.from(JSON.stringify(document));
  return { body, hash: createHash("sha512").update(body).digest("hex").toUpperCase() };
}

function index(known: ReadonlyMap<string, OpenApiDocument>): HttpResponse {
  const paths = Object.fromEntries(
    [...known].map(([root, { hash }]) => [root, { serverRelativeURL: `/openapi/v3/${root}?hash=${hash}` }]),
  );
  // A real API server says text/plain here.
  return jsonResponse(200, { paths }, { ...UNCACHED, "content-type": "text/plain; charset=utf-8" });
}

function documentResponse(
  { body, hash }: OpenApiDocument,
  root: string,
  { asked, headers, nowMs }: { asked: string | null; headers: Readonly<Record<string, string>>; nowMs: number },
): HttpResponse {
  const etag = `"${hash}"`;
  const base = { etag, vary: "Accept", "content-type": "application/json" };
  if (asked !== null && asked !== hash) {
    const location = `/openapi/v3/${root}?hash=${hash}`;
    return { status: 301, headers: { ...base, ...UNCACHED, location }, body: EMPTY_BODY };
  }
  const expires = new Date(nowMs + YEAR_MS).toUTCString();
  const caching = asked === hash ? { "cache-control": "public, immutable", expires } : UNCACHED;
  const isKnown = headers["if-none-match"] === etag;
  return { status: isKnown ? 304 : 200, headers: { ...base, ...caching }, body: isKnown ? EMPTY_BODY : body };
}

function versionTwo(accept: string): HttpResponse {
  if (accept.includes("protobuf")) {
    return { status: 200, headers: { ...UNCACHED, "content-type": V2_PROTOBUF_TYPE }, body: V2_PROTOBUF };
  }
  const schemas = JSON.stringify(componentsOf(SERVED_KINDS)).replaceAll("#/components/schemas/", "#/definitions/");
  const document = { swagger: "2.0", info: INFO, paths: {}, definitions: JSON.parse(schemas) as unknown };
  return jsonResponse(200, document, UNCACHED);
}
