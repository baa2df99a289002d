// Reads OCI registries: tags, manifests and configs. OCI Distribution Specification 1.1.
// HEAD tells a tag's digest for free; what is addressed by digest is fetched once and verified.
import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import { RegistryError } from "../errors.ts";
import { BodyTooLargeError, EMPTY_BODY, type HttpResponse, readBody, type Transport } from "../http/message.ts";
import { type ImageReference, isPlainHttpHost } from "../references/image.ts";
import type { BlobCache } from "./blob-cache.ts";
import { createAuthenticatedTransport } from "./oci-auth.ts";

export interface ManifestHead {
  readonly digest: string;
  readonly mediaType: string;
}

/** Every method rejects with `RegistryError` or `TransportError`; both name the host. */
export interface OciClient {
  listTags(reference: ImageReference, signal?: AbortSignal): Promise<readonly string[]>;
  /** What a tag or digest names now; undefined where there is none. */
  headManifest(reference: ImageReference, name: string, signal?: AbortSignal): Promise<ManifestHead | undefined>;
  /** A manifest or index, by digest. */
  getManifest(reference: ImageReference, digest: string, signal?: AbortSignal): Promise<unknown>;
  getConfig(reference: ImageReference, digest: string, signal?: AbortSignal): Promise<unknown>;
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
const MANIFEST_TYPES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

export function createOciClient({ transport, clock, cache }: OciOptions): OciClient {
  const send = createAuthenticatedTransport(transport, clock);

  const ask = async (
    method: string,
    reference: ImageReference,
    path: string,
    signal?: AbortSignal,
  ): Promise<HttpResponse> => {
    const headers: Record<string, string> = path.includes("/manifests/") ? { accept: MANIFEST_TYPES } : {};
    const request = { method, url: originOf(reference) + path, headers, body: EMPTY_BODY, ...(signal && { signal }) };
    return send(request, `repository:${reference.repository}:pull`);
  };

  const fetchByDigest = async (
    reference: ImageReference,
    kind: "manifests" | "blobs",
    digest: string,
    signal?: AbortSignal,
  ) => {
    const kept = cache.get(digest);
    if (kept) return JSON.parse(Buffer.from(kept).toString()) as unknown;
    const path = `/v2/${reference.repository}/${kind}/${digest}`;
    const asked = `GET ${reference.registry}${path}`;
    const response = await ask("GET", reference, path, signal);
    const bytes = await bodyOf(response, kind === "manifests" ? MAX_MANIFEST_BYTES : MAX_CONFIG_BYTES, asked);
    if (`sha256:${createHash("sha256").update(bytes).digest("hex")}` !== digest) {
      throw new RegistryError(`${asked}: the content does not have this digest`, { status: 0, isRetryable: true });
    }
    const parsed = parseJSON(bytes, asked);
    cache.put(digest, bytes);
    return parsed;
  };

  return {
    async listTags(reference, signal) {
      const tags: string[] = [];
      let path: string | undefined = `/v2/${reference.repository}/tags/list?n=${PAGE_SIZE}`;
      for (let page = 0; path !== undefined; page++) {
        const asked = `GET ${reference.registry}${path}`;
        if (page >= MAX_PAGES)
          throw new RegistryError(`${asked}: more than ${MAX_PAGES} pages`, { status: 0, isRetryable: false });
        const response = await ask("GET", reference, path, signal);
        const answer = parseJSON(await bodyOf(response, MAX_PAGE_BYTES, asked), asked) as {
          tags?: readonly string[] | null;
        };
        tags.push(...(answer.tags ?? []));
        path = nextPage(response, originOf(reference) + path);
      }
      return tags;
    },
    async headManifest(reference, name, signal) {
      const path = `/v2/${reference.repository}/manifests/${name}`;
      const response = await ask("HEAD", reference, path, signal);
      if (response.status === 404) return undefined;
      await bodyOf(response, MAX_MANIFEST_BYTES, `HEAD ${reference.registry}${path}`);
      const digest = String(response.headers["docker-content-digest"] ?? "");
      if (digest === "")
        throw new RegistryError(`HEAD ${reference.registry}${path}: no Docker-Content-Digest`, {
          status: 0,
          isRetryable: false,
        });
      return { digest, mediaType: String(response.headers["content-type"] ?? "") };
    },
    getManifest: (reference, digest, signal) => fetchByDigest(reference, "manifests", digest, signal),
    getConfig: (reference, digest, signal) => fetchByDigest(reference, "blobs", digest, signal),
  };
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
