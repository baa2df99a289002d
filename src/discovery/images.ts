// Discovers the images of one subscription: tag list, selection, one HEAD for each candidate, and a manifest only for
// a digest that was not seen before. kargo-behaviour.md, section 8.1.
import { InputError } from "../errors.ts";
import { parseImageReference } from "../references/image.ts";
import type { Credential } from "../registries/credentials.ts";
import type { OciClient, OciRepository } from "../registries/oci-client.ts";
import type { DiscoveredImageReference, ImageDiscoveryResult } from "../resources/discovered-artifacts.ts";
import type { ImageSubscription } from "../resources/subscription.ts";
import { createImageSelector } from "../selectors/image-selector.ts";
import { readImage } from "./image-metadata.ts";

export interface ImageDiscovery {
  readonly result: ImageDiscoveryResult;
  /** Every tag the registry showed, wanted or not. */
  readonly listedTags: readonly string[];
}

interface DiscoverOptions {
  readonly subscription: ImageSubscription;
  readonly name?: string | undefined;
  readonly client: OciClient;
  readonly credential?: Credential | undefined;
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_LIMIT = 20;
/** Requests under way for one subscription. */
const CONCURRENCY = 8;

/** Throws `InputError` for a subscription that cannot be used, `RegistryError` or `TransportError` otherwise. */
export async function discoverImages(options: DiscoverOptions): Promise<ImageDiscovery> {
  const { subscription, name, client, credential, signal } = options;
  if (subscription.imageSelectionStrategy === "NewestBuild") {
    throw new InputError("imageSelectionStrategy: NewestBuild is not discovered yet");
  }
  const { repoURL, platform, insecureSkipTLSVerify } = subscription;
  const reference = { ...parseImageReference(repoURL), credential, insecureSkipTLSVerify };
  const selector = createImageSelector(subscription);
  const listedTags = await client.listTags(reference, signal);
  const candidates = selector.select(listedTags);
  const limit = subscription.discoveryLimit || DEFAULT_LIMIT;
  const references = await collect({ candidates, limit, client, reference, platform, signal });
  const result = { repoURL, ...(platform && { platform }), references, ...(name && { subscriptionName: name }) };
  return { result, listedTags };
}

interface CollectOptions {
  readonly candidates: readonly string[];
  readonly limit: number;
  readonly client: OciClient;
  readonly reference: OciRepository;
  readonly platform: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** In the order of the candidates, until the limit; those that lack the platform do not count. */
async function collect(options: CollectOptions): Promise<readonly DiscoveredImageReference[]> {
  const { candidates, limit } = options;
  const found: DiscoveredImageReference[] = [];
  for (let start = 0; start < candidates.length && found.length < limit; start += CONCURRENCY) {
    const batch = candidates.slice(start, start + Math.min(CONCURRENCY, limit - found.length));
    const images = await Promise.all(batch.map((tag) => resolveTag(tag, options)));
    found.push(...images.filter((image) => image !== undefined));
    if (batch.length < CONCURRENCY) start -= CONCURRENCY - batch.length;
  }
  return found.slice(0, limit);
}

/** A tag that was deleted since the list is passed over. */
async function resolveTag(tag: string, options: CollectOptions): Promise<DiscoveredImageReference | undefined> {
  const { client, reference, platform, signal } = options;
  const head = await client.headManifest(reference, tag, signal);
  return head && readImage({ client, reference, tag, digest: head.digest, platform, signal });
}
