// Discovers the artifacts of all subscriptions of one Warehouse, in order. A kind that cannot be discovered yet fails
// with a sentence, so that no status claims more than was looked at.

import type { ImageDiscovery } from "../discovery/images.ts";
import { InputError } from "../errors.ts";
import { normalizeImage } from "../references/image.ts";
import { decodeSubscription } from "../resources/decode-subscription.ts";
import type { DiscoveredArtifacts, ImageDiscoveryResult } from "../resources/discovered-artifacts.ts";
import type { ImageSubscription } from "../resources/subscription.ts";
import type { Warehouse } from "../resources/warehouse.ts";

export interface Discovery {
  readonly artifacts: Omit<DiscoveredArtifacts, "discoveredAt">;
  /** What a registry showed of each repository, by normalised URL: every tag, and those that were kept. */
  readonly repositories: ReadonlyMap<
    string,
    { readonly listed: ReadonlySet<string>; readonly kept: ReadonlySet<string> }
  >;
}

/** Throws what the first failing subscription throws, in Kargo's words. */
export type DiscoverWarehouse = (warehouse: Warehouse, signal: AbortSignal) => Promise<Discovery>;

export type DiscoverImage = (
  subscription: ImageSubscription,
  of: { readonly name: string | undefined; readonly namespace: string },
  signal: AbortSignal,
) => Promise<ImageDiscovery>;

export function createWarehouseDiscovery(discoverImage: DiscoverImage): DiscoverWarehouse {
  return async (warehouse, signal) => {
    const images: ImageDiscoveryResult[] = [];
    const repositories = new Map<string, { listed: ReadonlySet<string>; kept: ReadonlySet<string> }>();
    for (const [index, raw] of (warehouse.spec.subscriptions ?? []).entries()) {
      const subscription = decodeSubscription(raw, index);
      if (subscription.kind === "undecodable") throw new InputError(subscription.reason);
      if (subscription.kind !== "image") {
        throw new InputError(`spec.subscriptions[${index}]: ${subscription.kind} subscriptions are not discovered yet`);
      }
      const { repoURL } = subscription.image;
      const of = { name: subscription.name, namespace: warehouse.metadata.namespace ?? "" };
      const { result, listedTags } = await discoverImage(subscription.image, of, signal).catch((error: unknown) =>
        Promise.reject(imageError(repoURL, error)),
      );
      images.push(result);
      const kept = new Set(result.references?.map(({ tag }) => tag));
      repositories.set(normalizeImage(repoURL), { listed: new Set(listedTags), kept });
    }
    return { artifacts: { images }, repositories };
  };
}

function imageError(repoURL: string, error: unknown): Error {
  const cause = error instanceof Error ? error.message : String(error);
  const message = `error discovering artifacts: error discovering newest applicable images "${repoURL}": ${cause}`;
  return new Error(message, { cause: error });
}
