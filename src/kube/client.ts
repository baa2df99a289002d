// A thin Kubernetes API client: paths, bodies and errors. One call is one request, but for what the transport repeats.
import { EMPTY_BODY, type HttpResponse, type Transport } from "../http/message.ts";
import type { KubeObject } from "../resources/kube-object.ts";
import type { Resource } from "../resources/resource.ts";
import { type ListPage, pageOf, readAnswer, readError } from "./answer.ts";
import { collectionPath, type ObjectKey, objectPath, queryText } from "./paths.ts";
import { readWatch, type WatchEvent } from "./watch.ts";

/** Every method rejects with `KubeError` for what the API refused and `TransportError` when it gave no answer. */
export interface KubeClient {
  /** Undefined where the API says of the object, by its name, that there is none. */
  get<T extends KubeObject>(resource: Resource, key: ObjectKey, options?: CallOptions): Promise<T | undefined>;
  list<T extends KubeObject>(resource: Resource, options: ListOptions): Promise<ListPage<T>>;
  create<T extends KubeObject>(resource: Resource, object: T, options?: CallOptions): Promise<T>;
  /** Replaces it whole; 409 unless `metadata.resourceVersion` is the present one. */
  update<T extends KubeObject>(resource: Resource, object: T, options?: WriteOptions): Promise<T>;
  /** A JSON merge patch (RFC 7386): null removes, lists are replaced whole. */
  mergePatch<T extends KubeObject>(
    resource: Resource,
    key: ObjectKey,
    patch: unknown,
    options?: WriteOptions,
  ): Promise<T>;
  /** A JSON patch (RFC 6902): all of it, or 422 where one of its operations, a test too, cannot be done. */
  jsonPatch<T extends KubeObject>(
    resource: Resource,
    key: ObjectKey,
    patch: readonly JsonPatchOperation[],
    options?: WriteOptions,
  ): Promise<T>;
  /** 409 when the object is not the one that `preconditions` describe. */
  delete(resource: Resource, key: ObjectKey, options?: DeleteOptions): Promise<void>;
  /** Changes after `resourceVersion`, until the server ends the stream or `signal` aborts. */
  watch<T extends KubeObject>(resource: Resource, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions extends CallOptions {
  readonly subresource?: "status";
}

/** `path` is a JSON pointer. */
export type JsonPatchOperation =
  | { readonly op: "test" | "add"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string };

export interface DeleteOptions extends CallOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** What both ways to read a collection can be told. */
export interface CollectionOptions {
  /** Every namespace when absent. */
  readonly namespace?: string | undefined;
  /** The server sends the objects' metadata and nothing else of them. */
  readonly isMetadataOnly?: boolean | undefined;
}

export interface ListOptions extends CallOptions, CollectionOptions {
  /** Only the objects whose fields have these values: `metadata.name=app`. */
  readonly fieldSelector?: string | undefined;
  readonly limit?: number | undefined;
  readonly continueToken?: string;
}

export interface WatchOptions extends CollectionOptions {
  readonly resourceVersion: string;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

interface ClientOptions {
  readonly transport: Transport;
  /** `https://host:port`, without a trailing slash. */
  readonly server: string;
  /** Where the transport does not bring the credentials itself. */
  readonly token?: () => string | undefined;
  readonly userAgent: string;
}

interface Call extends CallOptions {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: unknown;
  readonly isStream?: boolean;
}

const JSON_TYPE = "application/json";
const MERGE_PATCH = "application/merge-patch+json";
const JSON_PATCH = "application/json-patch+json";
const WRITER = { fieldManager: "dockbell" };

export function createKubeClient(options: ClientOptions): KubeClient {
  return new Client(options);
}

class Client implements KubeClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  async get<T extends KubeObject>(
    resource: Resource,
    key: ObjectKey,
    { signal }: CallOptions = {},
  ): Promise<T | undefined> {
    const call = { method: "GET", path: objectPath(resource, key), signal };
    const response = await this.#send(call);
    const asked = this.#asked(call);
    if (response.status < 300) return readAnswer<T>(response, asked);
    const error = await readError(response, asked);
    // Any other 404 is a proxy's, or of a kind that is not served: "none" and "could not ask" are not the same.
    if (error.reason === "NotFound" && error.objectName === key.name) return undefined;
    throw error;
  }

  async list<T extends KubeObject>(resource: Resource, options: ListOptions): Promise<ListPage<T>> {
    const { namespace, fieldSelector, limit, continueToken, signal } = options;
    const query = { fieldSelector, limit, continue: continueToken };
    const path = collectionPath(resource, namespace);
    const accept = acceptOf("PartialObjectMetadataList", options);
    return pageOf(await this.#answer({ method: "GET", path, query, accept, signal }), resource);
  }

  create<T extends KubeObject>(resource: Resource, object: T, { signal }: CallOptions = {}): Promise<T> {
    const path = collectionPath(resource, object.metadata.namespace);
    return this.#answer({ method: "POST", path, query: WRITER, body: object, signal });
  }

  async update<T extends KubeObject>(resource: Resource, object: T, options: WriteOptions = {}): Promise<T> {
    const path = writtenPath(resource, object.metadata, options);
    return this.#answer({ method: "PUT", path, query: WRITER, body: object, signal: options.signal });
  }

  async mergePatch<T extends KubeObject>(
    resource: Resource,
    key: ObjectKey,
    body: unknown,
    options: WriteOptions = {},
  ): Promise<T> {
    const path = writtenPath(resource, key, options);
    const { signal } = options;
    return this.#answer({ method: "PATCH", path, query: WRITER, contentType: MERGE_PATCH, body, signal });
  }

  async jsonPatch<T extends KubeObject>(
    resource: Resource,
    key: ObjectKey,
    body: readonly JsonPatchOperation[],
    options: WriteOptions = {},
  ): Promise<T> {
    const path = writtenPath(resource, key, options);
    const { signal } = options;
    return this.#answer({ method: "PATCH", path, query: WRITER, contentType: JSON_PATCH, body, signal });
  }

  async delete(resource: Resource, key: ObjectKey, options: DeleteOptions = {}): Promise<void> {
    const { preconditions, signal } = options;
    const body = preconditions && { apiVersion: "v1", kind: "DeleteOptions", preconditions };
    await this.#answer({ method: "DELETE", path: objectPath(resource, key), body, signal });
  }

  async *watch<T extends KubeObject>(resource: Resource, options: WatchOptions): AsyncIterable<WatchEvent<T>> {
    const { namespace, resourceVersion, timeoutSeconds, signal } = options;
    const query = { watch: "true", allowWatchBookmarks: "true", resourceVersion, timeoutSeconds };
    const path = collectionPath(resource, namespace);
    const accept = acceptOf("PartialObjectMetadata", options);
    const call = { method: "GET", path, query, accept, signal, isStream: true };
    yield* readWatch<T>((await this.#accepted(call)).body);
  }

  async #answer<T>(call: Call): Promise<T> {
    return readAnswer<T>(await this.#accepted(call), this.#asked(call));
  }

  async #accepted(call: Call): Promise<HttpResponse> {
    const response = await this.#send(call);
    if (response.status >= 300) throw await readError(response, this.#asked(call));
    return response;
  }

  #asked({ method, path }: Call): string {
    return `${method} ${this.#options.server}${path}`;
  }

  #send(call: Call) {
    const { method, path, query, accept = JSON_TYPE, contentType = JSON_TYPE, body, signal, isStream } = call;
    const { transport, server, token, userAgent } = this.#options;
    const bytes = body === undefined ? EMPTY_BODY : Buffer.from(JSON.stringify(body));
    const bearer = token?.();
    const headers = {
      accept,
      "user-agent": userAgent,
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      ...(body !== undefined && { "content-type": contentType, "content-length": String(bytes.length) }),
    };
    const url = server + path + (query ? queryText(query) : "");
    return transport({ method, url, headers, body: bytes, ...(signal && { signal }), ...(isStream && { isStream }) });
  }
}

/** Kubernetes API concepts, "Alternate representations of resources". */
function acceptOf(metadataKind: string, { isMetadataOnly = false }: CollectionOptions): string {
  return isMetadataOnly ? `${JSON_TYPE};as=${metadataKind};g=meta.k8s.io;v=v1` : JSON_TYPE;
}

function writtenPath(resource: Resource, key: ObjectKey, { subresource }: WriteOptions): string {
  return objectPath(resource, key) + (subresource ? `/${subresource}` : "");
}
