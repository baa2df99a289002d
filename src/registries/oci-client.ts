// Reads OCI registries: tags, manifests and configs. OCI Distribution Specification 1.1.
// HEAD tells a tag's digest for free; what is addressed by digest is verified, fetched once and kept.
import type { Clock, Random } from "../clock.ts";
import type { Transport } from "../http/message.ts";
import type { ImageReference } from "../references/image.ts";
import type { Access } from "./access.ts";
import { type AskAs, createAuthenticate } from "./authenticate.ts";
import type { BlobCache } from "./blob-cache.ts";
import type { Credential } from "./credentials.ts";
import { hasDigest, isDigest, sha256Of } from "./digest.ts";
import { createExchange, type RegistryResponse } from "./exchange.ts";
import {
  decodeImageConfig,
  decodeManifest,
  type ImageConfig,
  MANIFEST_MEDIA_TYPES,
  type Manifest,
  manifestKind,
} from "./oci-manifest.ts";
import { allowPlainHttp, createOrigins, type OriginOf } from "./plain-http.ts";
import { createRedirects } from "./redirects.ts";
import { failureOf, parseJSON, unusable } from "./registry-failure.ts";
import { createRetry } from "./retry.ts";
import { createSingleFlight } from "./single-flight.ts";
import { isTag, readTags } from "./tag-list.ts";
import { createThrottle } from "./throttle.ts";

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
 * and the cause, and never hold a credential. Once the signal aborts, they reject with its reason or either of these.
 * A repository that the registry does not know is an error of status 404 to `listTags` alone: for the others there is
 * nothing under that reference.
 */
export interface OciClient {
  /** Every tag once, in the registry's order. */
  listTags(repository: OciRepository, signal?: AbortSignal): Promise<readonly string[]>;
  /** What a reference names now, without a pull; undefined where there is none. */
  headManifest(repository: OciRepository, reference: string, signal?: AbortSignal): Promise<ManifestHead | undefined>;
  /** A digest's manifest costs a request (and a pull) only when it is not in the cache; a tag's always does. */
  getManifest(repository: OciRepository, reference: string, signal?: AbortSignal): Promise<Manifest | undefined>;
  getConfig(repository: OciRepository, digest: string, signal?: AbortSignal): Promise<ImageConfig>;
}

export interface OciOptions {
  /** Follows no redirects. */
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly cache: BlobCache;
  /** Hosts beside loopback that may be spoken to without TLS, each with its port. */
  readonly plainHttpHosts?: readonly string[];
  readonly userAgent?: string;
}

const PAGE_SIZE = 1_000;
const MAX_PAGE_BYTES = 4 * 1024 * 1024;
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
const MAX_CONFIG_BYTES = 8 * 1024 * 1024;
/** Some registries know HEAD only for what is theirs by digest, or not at all. */
const HEAD_REFUSED: ReadonlySet<number> = new Set([400, 405, 501]);

/** Built of layers, from the socket up: exchange, throttle, retry, redirects, authentication. */
export function createOciClient(options: OciOptions): OciClient {
  const { transport, clock, random, cache, plainHttpHosts = [], userAgent } = options;
  const mayBePlain = allowPlainHttp(plainHttpHosts);
  const exchange = createExchange({ transport, clock, userAgent });
  const patient = createRetry(createThrottle(exchange, { clock }), { clock, random });
  const ask = createAuthenticate(createRedirects(patient, mayBePlain), { clock, mayBePlain });
  return new Client({ ask, clock, cache, originOf: createOrigins({ ask: exchange, clock, mayBePlain }) });
}

interface Layers {
  readonly ask: AskAs;
  readonly originOf: OriginOf;
  readonly clock: Clock;
  readonly cache: BlobCache;
}

interface Question {
  readonly method: "GET" | "HEAD";
  /** Below the repository, or the absolute URL of a further page. */
  readonly path: string;
  readonly maxBodyBytes: number;
  readonly signal: AbortSignal | undefined;
}

interface Answer {
  readonly response: RegistryResponse;
  readonly asked: { readonly method: "GET" | "HEAD"; readonly url: string };
  readonly access: Access;
}

class Client implements OciClient {
  readonly #layers: Layers;
  readonly #manifests = createSingleFlight<Manifest | undefined>();
  readonly #configs = createSingleFlight<ImageConfig>();

  constructor(layers: Layers) {
    this.#layers = layers;
  }

  async listTags(repository: OciRepository, signal?: AbortSignal): Promise<readonly string[]> {
    const origin = await this.#layers.originOf(repository);
    const firstPage = `${origin}/v2/${pathOf(repository)}/tags/list?n=${PAGE_SIZE}`;
    return readTags(firstPage, async (path) => {
      const question = { method: "GET", path, maxBodyBytes: MAX_PAGE_BYTES, signal } as const;
      return this.#succeeded(await this.#ask(repository, question)).response;
    });
  }

  async headManifest(
    repository: OciRepository,
    reference: string,
    signal?: AbortSignal,
  ): Promise<ManifestHead | undefined> {
    if (!isTag(reference) && !isDigest(reference)) return undefined;
    const path = `/manifests/${reference}`;
    const answer = await this.#ask(repository, { method: "HEAD", path, maxBodyBytes: MAX_MANIFEST_BYTES, signal });
    const { response } = answer;
    if (response.status === 404) return undefined;
    const digest = response.header("docker-content-digest");
    if (HEAD_REFUSED.has(response.status) || (response.status === 200 && !isDigest(digest))) {
      const manifest = await this.getManifest(repository, reference, signal);
      return manifest && { digest: manifest.digest, mediaType: manifest.mediaType };
    }
    this.#succeeded(answer);
    return { digest, mediaType: response.header("content-type") };
  }

  async getManifest(repository: OciRepository, reference: string, signal?: AbortSignal): Promise<Manifest | undefined> {
    if (!isDigest(reference)) return isTag(reference) ? this.#fetchManifest(repository, reference, signal) : undefined;
    const kept = this.#layers.cache.get(reference);
    if (kept) return decodeManifest(contentOf(kept), reference);
    const key = flightKey(repository, reference);
    return this.#manifests.do(key, () => this.#fetchManifest(repository, reference, undefined), signal);
  }

  async getConfig(repository: OciRepository, digest: string, signal?: AbortSignal): Promise<ImageConfig> {
    const kept = this.#layers.cache.get(digest);
    if (kept) return decodeImageConfig(contentOf(kept));
    return this.#configs.do(flightKey(repository, digest), () => this.#fetchConfig(repository, digest), signal);
  }

  async #fetchManifest(
    repository: OciRepository,
    reference: string,
    signal: AbortSignal | undefined,
  ): Promise<Manifest | undefined> {
    const path = `/manifests/${reference}`;
    const answer = await this.#ask(repository, { method: "GET", path, maxBodyBytes: MAX_MANIFEST_BYTES, signal });
    const { response, asked } = answer;
    if (response.status === 404) return undefined;
    const { body } = this.#succeeded(answer).response;
    manifestKind(response.header("content-type"));
    const named = isDigest(reference) ? reference : response.header("docker-content-digest");
    if (named !== "" && !hasDigest(body, named)) throw wrongDigest(asked, named);
    const digest = named === "" ? sha256Of(body) : named;
    const manifest = decodeManifest(parseJSON(body, asked), digest);
    this.#layers.cache.put(digest, body);
    return manifest;
  }

  async #fetchConfig(repository: OciRepository, digest: string): Promise<ImageConfig> {
    const path = `/blobs/${digest}`;
    const question = { method: "GET", path, maxBodyBytes: MAX_CONFIG_BYTES, signal: undefined } as const;
    const { response, asked } = this.#succeeded(await this.#ask(repository, question));
    if (!hasDigest(response.body, digest)) throw wrongDigest(asked, digest);
    const config = decodeImageConfig(parseJSON(response.body, asked));
    this.#layers.cache.put(digest, response.body);
    return config;
  }

  async #ask(repository: OciRepository, { method, path, maxBodyBytes, signal }: Question): Promise<Answer> {
    const { ask, originOf } = this.#layers;
    const { credential, insecureSkipTLSVerify } = repository;
    const origin = await originOf(repository);
    const url = path.startsWith("/") ? `${origin}/v2/${pathOf(repository)}${path}` : path;
    const headers = { accept: path.includes("/manifests/") ? MANIFEST_MEDIA_TYPES : "application/json, */*" };
    const access = { origin, scope: `repository:${repository.repository}:pull`, credential };
    const response = await ask({ method, url, headers, maxBodyBytes, insecureSkipTLSVerify, signal }, access);
    return { response, asked: { method, url }, access };
  }

  #succeeded(answer: Answer): Answer {
    const { response, asked, access } = answer;
    if (response.status === 200) return answer;
    throw failureOf(response, { asked, access, clock: this.#layers.clock });
  }
}

/** It was decoded before it was kept. */
function contentOf(kept: Uint8Array): unknown {
  return JSON.parse(Buffer.from(kept).toString());
}

/** Dots would lead to another path of the registry, with this repository's token. */
function pathOf({ registry, repository }: OciRepository): string {
  const isPlain = repository.split("/").every((part) => part !== "" && part !== "." && part !== "..");
  if (isPlain) return repository;
  throw unusable({ method: "GET", url: `https://${registry}/v2/` }, `"${repository}" is not a repository name`);
}

function flightKey({ registry, repository, credential, insecureSkipTLSVerify }: OciRepository, digest: string): string {
  return JSON.stringify([registry, repository, digest, credential?.username, insecureSkipTLSVerify === true]);
}

function wrongDigest(asked: Answer["asked"], digest: string): Error {
  return unusable(asked, `what came does not have the digest ${digest}: it was damaged or replaced on its way`);
}
