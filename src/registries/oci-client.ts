// Reads OCI registries: tags, manifests and configs. OCI Distribution Specification 1.1.
// HEAD tells a tag's digest for free; what is addressed by digest is fetched once and verified.
import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import { RegistryError } from "../errors.ts";
import { BodyTooLargeError, EMPTY_BODY, type HttpResponse, readBody, type Transport } from "../http/message.ts";
import { type ImageReference, isPlainHttpHost } from "../references/image.ts";
import type { BlobCache } from "./blob-cache.ts";
import type { Credential } from "./credentials.ts";
import { createAuthenticatedTransport } from "./oci-auth.ts";
import {
  decodeImageConfig,
  decodeManifest,
  type ImageConfig,
  MANIFEST_MEDIA_TYPES,
  type Manifest,
  manifestKind,
} from "./oci-manifest.ts";

/** A repository and how it is asked. */
export interface OciRepository extends ImageReference {
  /** Anonymous without it. Never sent in plain text to another machine. */
  readonly credential?: Credential | undefined;
  readonly insecureSkipTLSVerify?: boolean | undefined;
}

export interface ManifestHead {
  readonly digest: string;
  readonly mediaType: string;
}

/**
 * `reference` is a tag or a digest. Every method rejects with `RegistryError` or `TransportError`; both name the host
 * and the cause, and never hold a credential. A repository that the registry does not know is an error of status 404
 * to `listTags` alone: for the others there is nothing under that reference.
 */
export interface OciClient {
  /** Every tag, in the registry's order. */
  listTags(repository: OciRepository, signal?: AbortSignal): Promise<readonly string[]>;
  /** What a reference names now, without a pull; undefined where there is none. */
  headManifest(repository: OciRepository, reference: string, signal?: AbortSignal): Promise<ManifestHead | undefined>;
  /** A digest's manifest costs a request (and a pull) only when it is not in the cache; a tag's always does. */
  getManifest(repository: OciRepository, reference: string, signal?: AbortSignal): Promise<Manifest | undefined>;
  getConfig(repository: OciRepository, digest: string, signal?: AbortSignal): Promise<ImageConfig>;
}

interface OciOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly cache: BlobCache;
}

const PAGE_SIZE = 1_000;
const MAX_PAGES = 1_000;
const MAX_PAGE_BYTES = 4 * 1024 * 1024;
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
const MAX_CONFIG_BYTES = 8 * 1024 * 1024;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

export function createOciClient(options: OciOptions): OciClient {
  return new Client(options);
}

class Client implements OciClient {
  readonly #cache: BlobCache;
  readonly #send: ReturnType<typeof createAuthenticatedTransport>;

  constructor({ transport, clock, cache }: OciOptions) {
    this.#cache = cache;
    this.#send = createAuthenticatedTransport(transport, clock);
  }

  async listTags(reference: OciRepository, signal?: AbortSignal): Promise<readonly string[]> {
    const tags: string[] = [];
    let path: string | undefined = `/v2/${reference.repository}/tags/list?n=${PAGE_SIZE}`;
    for (let page = 0; path !== undefined; page++) {
      const asked = `GET ${reference.registry}${path}`;
      if (page >= MAX_PAGES) throw finalError(`${asked}: more than ${MAX_PAGES} pages`);
      const response = await this.#ask("GET", reference, path, signal);
      const answer = parseJSON(await bodyOf(response, MAX_PAGE_BYTES, asked), asked) as TagList;
      tags.push(...(answer.tags ?? []));
      path = nextPage(response, originOf(reference) + path);
    }
    return tags;
  }

  async headManifest(reference: OciRepository, name: string, signal?: AbortSignal): Promise<ManifestHead | undefined> {
    const path = `/v2/${reference.repository}/manifests/${name}`;
    const asked = `HEAD ${reference.registry}${path}`;
    const response = await this.#ask("HEAD", reference, path, signal);
    try {
      await bodyOf(response, MAX_MANIFEST_BYTES, asked);
    } catch (error) {
      if (error instanceof RegistryError && error.status === 404) return undefined;
      throw error;
    }
    const digest = String(response.headers["docker-content-digest"] ?? "");
    if (digest === "") throw finalError(`${asked}: no Docker-Content-Digest`);
    return { digest, mediaType: String(response.headers["content-type"] ?? "") };
  }

  async getManifest(repository: OciRepository, reference: string, signal?: AbortSignal): Promise<Manifest | undefined> {
    const path = `/v2/${repository.repository}/manifests/${reference}`;
    const asked = `GET ${repository.registry}${path}`;
    const kept = DIGEST.test(reference) ? this.#cache.get(reference) : undefined;
    if (kept) return decodeManifest(parseJSON(kept, asked), reference);
    const response = await this.#ask("GET", repository, path, signal);
    if (response.status === 404) return undefined;
    const bytes = await bodyOf(response, MAX_MANIFEST_BYTES, asked);
    manifestKind(String(response.headers["content-type"] ?? ""));
    const digest = digestOf(bytes);
    if (DIGEST.test(reference) && digest !== reference) throw wrongDigest(asked);
    const manifest = decodeManifest(parseJSON(bytes, asked), digest);
    this.#cache.put(digest, bytes);
    return manifest;
  }

  async getConfig(repository: OciRepository, digest: string, signal?: AbortSignal): Promise<ImageConfig> {
    const path = `/v2/${repository.repository}/blobs/${digest}`;
    const asked = `GET ${repository.registry}${path}`;
    const kept = this.#cache.get(digest);
    if (kept) return decodeImageConfig(parseJSON(kept, asked));
    const bytes = await bodyOf(await this.#ask("GET", repository, path, signal), MAX_CONFIG_BYTES, asked);
    if (digestOf(bytes) !== digest) throw wrongDigest(asked);
    const config = decodeImageConfig(parseJSON(bytes, asked));
    this.#cache.put(digest, bytes);
    return config;
  }

  #ask(method: string, reference: ImageReference, path: string, signal?: AbortSignal): Promise<HttpResponse> {
    const headers: Record<string, string> = path.includes("/manifests/") ? { accept: MANIFEST_MEDIA_TYPES } : {};
    const request = { method, url: originOf(reference) + path, headers, body: EMPTY_BODY, ...(signal && { signal }) };
    return this.#send(request, `repository:${reference.repository}:pull`);
  }
}

interface TagList {
  readonly tags?: readonly string[] | null;
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function wrongDigest(asked: string): RegistryError {
  return new RegistryError(`${asked}: the content does not have this digest`, { status: 0, isRetryable: true });
}

function finalError(message: string): RegistryError {
  return new RegistryError(message, { status: 0, isRetryable: false });
}

/** Docker Hub's API has another name than the registry in its references. */
function originOf({ registry }: ImageReference): string {
  const host = registry === "index.docker.io" ? "registry-1.docker.io" : registry;
  return `${isPlainHttpHost(host) ? "http" : "https"}://${host}`;
}

async function bodyOf(response: HttpResponse, maxBytes: number, asked: string): Promise<Uint8Array> {
  try {
    const bytes = await readBody(response.body, maxBytes);
    if (response.status === 200) return bytes;
    const isRetryable = [408, 429].includes(response.status) || response.status >= 500;
    throw new RegistryError(`${asked}: HTTP ${response.status}${firstError(bytes)}`, {
      status: response.status,
      isRetryable,
    });
  } catch (error) {
    if (error instanceof BodyTooLargeError)
      throw new RegistryError(`${asked}: ${error.message}`, { status: 0, isRetryable: false });
    throw error;
  }
}

function firstError(bytes: Uint8Array): string {
  try {
    const { errors } = JSON.parse(Buffer.from(bytes).toString()) as {
      errors?: readonly { code?: string; message?: string }[];
    };
    const [first] = errors ?? [];
    return first ? ` ${first.code ?? ""}: ${first.message ?? ""}` : "";
  } catch {
    return "";
  }
}

function parseJSON(bytes: Uint8Array, asked: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch (error) {
    throw new RegistryError(`${asked}: the answer is not JSON`, { status: 0, isRetryable: false, cause: error });
  }
}

/** Only pages of the same host are followed. */
function nextPage(response: HttpResponse, from: string): string | undefined {
  const link = /<([^>]+)>\s*;\s*rel="?next"?/.exec(String(response.headers["link"] ?? ""))?.[1];
  const url = link === undefined ? null : URL.parse(link, from);
  return url && url.origin === new URL(from).origin ? url.pathname + url.search : undefined;
}
