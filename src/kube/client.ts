// A thin Kubernetes API client: paths, bodies and errors. One call is one request, but for what the transport repeats.
import { KubeError } from "../errors.ts";
import { EMPTY_BODY, type HttpResponse, readBody, type Transport } from "../http/message.ts";
import type { KubeObject } from "../resources/kube-object.ts";
import { apiVersionOf, type Resource } from "../resources/resource.ts";
import { readWatch, type WatchEvent } from "./watch.ts";

/** Names one object; `namespace` is ignored for cluster-scoped kinds. */
export interface ObjectKey {
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** Empty on the last page. */
  readonly continueToken: string;
}

/** Every method rejects with `KubeError` for what the API refused and `TransportError` when it gave no answer. */
export interface KubeClient {
  /** Undefined where there is no such object. */
  get<T extends KubeObject>(resource: Resource, key: ObjectKey): Promise<T | undefined>;
  list<T extends KubeObject>(resource: Resource, options: ListOptions): Promise<ListPage<T>>;
  create<T extends KubeObject>(resource: Resource, object: T): Promise<T>;
  /** A JSON merge patch (RFC 7386): null removes, lists are replaced whole. */
  mergePatch<T extends KubeObject>(
    resource: Resource,
    key: ObjectKey,
    patch: unknown,
    options?: { readonly subresource?: "status" },
  ): Promise<T>;
  delete(resource: Resource, key: ObjectKey): Promise<void>;
  /** Changes after `resourceVersion`, until the server ends the stream or `signal` aborts. */
  watch<T extends KubeObject>(resource: Resource, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
}

export interface ListOptions {
  readonly namespace?: string;
  readonly limit?: number;
  readonly continueToken?: string;
}

export interface WatchOptions {
  readonly resourceVersion: string;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

interface ClientOptions {
  readonly transport: Transport;
  /** `https://host:port`, without a trailing slash. */
  readonly server: string;
  readonly token: () => string | undefined;
  readonly userAgent: string;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly contentType?: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

const MAX_ANSWER_BYTES = 256 * 1024 * 1024;
const MERGE_PATCH = "application/merge-patch+json";
const WRITER = { fieldManager: "dockbell" };

export function createKubeClient(options: ClientOptions): KubeClient {
  return new Client(options);
}

class Client implements KubeClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  get<T extends KubeObject>(resource: Resource, key: ObjectKey): Promise<T | undefined> {
    return this.#answer<T>({ method: "GET", path: objectPath(resource, key) }).catch(undefinedIfMissing);
  }

  async list<T extends KubeObject>(resource: Resource, options: ListOptions): Promise<ListPage<T>> {
    const { namespace, limit, continueToken } = options;
    const query = { limit, continue: continueToken };
    return pageOf(await this.#answer({ method: "GET", path: collectionPath(resource, namespace), query }), resource);
  }

  create<T extends KubeObject>(resource: Resource, object: T): Promise<T> {
    const path = collectionPath(resource, object.metadata.namespace);
    return this.#answer({ method: "POST", path, query: WRITER, body: object });
  }

  mergePatch<T extends KubeObject>(
    resource: Resource,
    key: ObjectKey,
    patch: unknown,
    { subresource }: { readonly subresource?: "status" } = {},
  ): Promise<T> {
    const path = objectPath(resource, key) + (subresource ? `/${subresource}` : "");
    return this.#answer({ method: "PATCH", path, query: WRITER, contentType: MERGE_PATCH, body: patch });
  }

  async delete(resource: Resource, key: ObjectKey): Promise<void> {
    await this.#answer({ method: "DELETE", path: objectPath(resource, key) });
  }

  async *watch<T extends KubeObject>(resource: Resource, options: WatchOptions): AsyncIterable<WatchEvent<T>> {
    const { resourceVersion, timeoutSeconds, signal } = options;
    const query = { watch: "true", allowWatchBookmarks: "true", resourceVersion, timeoutSeconds };
    const { body } = await this.#call({ method: "GET", path: collectionPath(resource), query, signal });
    yield* readWatch<T>(body);
  }

  async #answer<T>(call: Call): Promise<T> {
    const bytes = await readBody((await this.#call(call)).body, MAX_ANSWER_BYTES);
    return JSON.parse(Buffer.from(bytes).toString()) as T;
  }

  async #call({
    method,
    path,
    query = {},
    contentType = "application/json",
    body,
    signal,
  }: Call): Promise<HttpResponse> {
    const { transport, server, token, userAgent } = this.#options;
    const bytes = body === undefined ? EMPTY_BODY : Buffer.from(JSON.stringify(body));
    const bearer = token();
    const headers = {
      accept: "application/json",
      "user-agent": userAgent,
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      ...(body !== undefined && { "content-type": contentType, "content-length": String(bytes.length) }),
    };
    const url = server + path + queryText(query);
    const response = await transport({ method, url, headers, body: bytes, ...(signal && { signal }) });
    if (response.status >= 300) throw await errorOf(response, `${method} ${server}${path}`);
    return response;
  }
}

function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = resource.isNamespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${root}${scope}/${resource.plural}`;
}

function objectPath(resource: Resource, { namespace, name }: ObjectKey): string {
  return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
}

function queryText(query: NonNullable<Call["query"]>): string {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(query))
    if (value !== undefined && value !== "") given.set(key, String(value));
  return given.size === 0 ? "" : `?${given}`;
}

interface RawList<T> {
  readonly items?: readonly T[] | null;
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
}

/** Lists of built-in kinds leave `apiVersion` and `kind` out of their items. */
function pageOf<T extends KubeObject>({ items, metadata }: RawList<T>, resource: Resource): ListPage<T> {
  const identity = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  return {
    items: (items ?? []).map((item) => ({ ...item, ...identity })),
    resourceVersion: metadata?.resourceVersion ?? "",
    continueToken: metadata?.continue ?? "",
  };
}

async function errorOf(response: HttpResponse, asked: string): Promise<KubeError> {
  const text = Buffer.from(await readBody(response.body, MAX_ANSWER_BYTES)).toString();
  const { message, reason } = statusOf(text);
  const seconds = Number(response.headers["retry-after"]);
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : undefined;
  return new KubeError(`${asked}: ${message}`, { status: response.status, reason, retryAfterMs });
}

function statusOf(text: string): { message: string; reason: string } {
  try {
    const { message = text, reason = "" } = JSON.parse(text) as { message?: string; reason?: string };
    return { message, reason };
  } catch {
    return { message: text.trim(), reason: "" };
  }
}

function undefinedIfMissing(error: unknown): undefined {
  if (error instanceof KubeError && error.status === 404) return undefined;
  throw error;
}
