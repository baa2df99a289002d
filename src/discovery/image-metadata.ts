// What a manifest or index says of its image: date, annotations, platforms. kargo-behaviour.md, section 8.2.

import { toKubeTime } from "../clock.ts";
import { RegistryError } from "../errors.ts";
import type { OciClient, OciRepository } from "../registries/oci-client.ts";
import type { Descriptor, ImageIndex, ImageManifest } from "../registries/oci-manifest.ts";
import type { DiscoveredImageReference } from "../resources/discovered-artifacts.ts";

/** The image in a form that status takes; undefined when it lacks the platform. */
interface MetadataOptions {
  readonly client: OciClient;
  readonly reference: OciRepository;
  readonly tag: string;
  readonly digest: string;
  readonly platform: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const CREATED_KEYS = ["org.opencontainers.image.created", "org.label-schema.build-date"];

export async function readImage(options: MetadataOptions): Promise<DiscoveredImageReference | undefined> {
  const { client, reference, tag, digest, platform, signal } = options;
  const manifest = await client.getManifest(reference, digest, signal);
  if (!manifest) return undefined;
  const children = manifest.kind === "index" ? manifest.manifests.filter(isImage) : undefined;
  if (children?.length === 0) {
    throw new RegistryError(`${tag}: empty V2 manifest list or OCI index is not supported`, {
      status: 0,
      isRetryable: false,
    });
  }
  const child = platform === undefined ? undefined : children?.find((one) => platformOf(one) === platform);
  if (platform !== undefined && !child) return undefined;
  const annotations = { ...manifest.annotations, ...child?.annotations };
  const createdAt =
    manifest.kind === "index"
      ? await indexCreatedAt(manifest, children ?? [], options)
      : await manifestCreatedAt(manifest, options);
  return {
    tag,
    digest,
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(createdAt !== undefined && { createdAt: toKubeTime(createdAt) }),
  };
}

/** Attestations stand in an index with an unknown platform. */
function isImage({ platform }: Descriptor): boolean {
  return [platform?.os, platform?.architecture].every(
    (part) => part !== undefined && part !== "" && part !== "unknown",
  );
}

function platformOf({ platform }: Descriptor): string {
  return [platform?.os, platform?.architecture, platform?.variant].filter(Boolean).join("/");
}

async function indexCreatedAt(
  index: ImageIndex,
  children: readonly Descriptor[],
  options: MetadataOptions,
): Promise<number | undefined> {
  const own = dateIn(index.annotations);
  if (own !== undefined) return own;
  const dates = await Promise.all(
    children.map(async (child) => {
      const annotated = dateIn(child.annotations);
      if (annotated !== undefined) return annotated;
      const manifest = await options.client.getManifest(options.reference, child.digest, options.signal);
      return manifest?.kind === "image" ? manifestCreatedAt(manifest, options) : undefined;
    }),
  );
  return latest(dates);
}

async function manifestCreatedAt(
  manifest: ImageManifest,
  { client, reference, signal }: MetadataOptions,
): Promise<number | undefined> {
  const annotated = dateIn(manifest.annotations);
  if (annotated !== undefined) return annotated;
  const { created, labels } = await client.getConfig(reference, manifest.config.digest, signal);
  return latest([dateOf(created), dateIn(labels)]);
}

function latest(dates: readonly (number | undefined)[]): number | undefined {
  const known = dates.filter((date) => date !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function dateIn(texts: Readonly<Record<string, string>> | undefined): number | undefined {
  for (const key of CREATED_KEYS) {
    const date = dateOf(texts?.[key]);
    if (date !== undefined) return date;
  }
  return undefined;
}

function dateOf(text: string | undefined): number | undefined {
  const date = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(date) ? undefined : date;
}
