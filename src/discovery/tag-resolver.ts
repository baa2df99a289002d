// From a tag to its image, at the least cost a registry allows: HEAD is free, a manifest GET counts as a pull.
import type { OciClient, OciRepository } from "../registries/oci-client.ts";
import type { Manifest } from "../registries/oci-manifest.ts";
import type { DiscoveredImageReference } from "../resources/discovered-artifacts.ts";
import { type CreatedAt, formatCreatedAt } from "./created-at.ts";
import { readImageMetadata } from "./image-metadata.ts";

/** What a subscription's last discovery found, as far as the next may build on it. */
export interface EarlierImages {
  readonly references: readonly DiscoveredImageReference[];
  /** Tags that it looked at and that lack the platform. */
  readonly unsuitable: ReadonlySet<string>;
  /** Whether what was found still holds for every tag that was not pushed. */
  readonly isTrusted: boolean;
}

export type ResolvedTag =
  | { readonly kind: "image"; readonly reference: DiscoveredImageReference; readonly createdAt?: CreatedAt | undefined }
  /** It lacks the platform. */
  | { readonly kind: "unsuitable" }
  /** Deleted, or not there yet. */
  | { readonly kind: "gone" };

interface ResolverOptions {
  readonly client: OciClient;
  readonly repository: OciRepository;
  readonly platform: string | undefined;
  readonly earlier: EarlierImages;
  readonly pushed: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

export function createTagResolver(options: ResolverOptions): (tag: string) => Promise<ResolvedTag> {
  const { client, repository, platform, earlier, pushed, signal } = options;
  const known = new Map(earlier.references.map((reference) => [reference.tag, reference]));
  const isFirstLook = known.size === 0 && earlier.unsuitable.size === 0;
  return async (tag) => {
    const reference = known.get(tag);
    const isTrusted = earlier.isTrusted && !pushed.has(tag);
    if (isTrusted && reference) return { kind: "image", reference };
    if (isTrusted && earlier.unsuitable.has(tag)) return { kind: "unsuitable" };
    // HEAD saves the pull where the digest is in the cache; on a first look it rarely is, and costs a round trip.
    const isPull = isFirstLook && !pushed.has(tag);
    const manifest = await (isPull ? client.getManifest(repository, tag, signal) : readByDigest(options, tag));
    if (!manifest) return { kind: "gone" };
    const image = await readImageMetadata({ client, repository, manifest, platform, signal });
    if (!image) return { kind: "unsuitable" };
    const { digest, annotations, createdAt } = image;
    return { kind: "image", reference: referenceOf(tag, digest, { annotations, createdAt }), createdAt };
  };
}

async function readByDigest(
  { client, repository, signal }: ResolverOptions,
  tag: string,
): Promise<Manifest | undefined> {
  const head = await client.headManifest(repository, tag, signal);
  return head && client.getManifest(repository, head.digest, signal);
}

function referenceOf(
  tag: string,
  digest: string,
  { annotations, createdAt }: { annotations: Readonly<Record<string, string>>; createdAt: CreatedAt | undefined },
): DiscoveredImageReference {
  return {
    tag,
    digest,
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(createdAt !== undefined && { createdAt: formatCreatedAt(createdAt) }),
  };
}
