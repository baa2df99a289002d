// What a manifest or index says of its image: date, annotations, platforms. docs/compatibility.md, section 8.2.
import { RegistryError } from "../errors.ts";
import type { OciClient, OciRepository } from "../registries/oci-client.ts";
import type { Descriptor, ImageIndex, ImageManifest, Manifest } from "../registries/oci-manifest.ts";
import { isPlatform, parsePlatform } from "../selectors/platform.ts";
import { type CreatedAt, latest, parseCreatedAt } from "./created-at.ts";

export interface ImageMetadata {
  readonly digest: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Undefined where the image does not say. */
  readonly createdAt: CreatedAt | undefined;
}

interface MetadataOptions {
  readonly client: OciClient;
  readonly repository: OciRepository;
  readonly manifest: Manifest;
  /** `<os>/<arch>[/<variant>]`; every platform when undefined. */
  readonly platform: string | undefined;
  readonly signal: AbortSignal;
}

/** First key first; a value that is no date gives way to the next. */
const CREATED_KEYS = ["org.opencontainers.image.created", "org.label-schema.build-date"];

/** Undefined when the image lacks the platform. A single manifest names no platform: with one asked for, it never has it. */
export async function readImageMetadata(options: MetadataOptions): Promise<ImageMetadata | undefined> {
  const { manifest, platform } = options;
  const { digest, annotations } = manifest;
  if (manifest.kind === "image") {
    if (platform) return undefined;
    return { digest, annotations, createdAt: await manifestCreatedAt(manifest, options) };
  }
  const children = manifest.manifests.filter(isImage);
  if (children.length === 0) {
    const message = "empty V2 manifest list or OCI index is not supported";
    throw new RegistryError(message, { status: 0, isRetryable: false });
  }
  const wanted = platform ? parsePlatform(platform) : undefined;
  const child = wanted && children.find((one) => isPlatform(wanted, one.platform));
  if (platform && !child) return undefined;
  const createdAt = await indexCreatedAt(manifest, children, options);
  return { digest, annotations: { ...annotations, ...child?.annotations }, createdAt };
}

/** Attestations stand in an index with an unknown platform. */
function isImage({ platform }: Descriptor): boolean {
  return [platform?.os, platform?.architecture].every((part) => part && part !== "unknown");
}

/** The whole index's date, whatever platform is asked for. */
async function indexCreatedAt(
  index: ImageIndex,
  children: readonly Descriptor[],
  options: MetadataOptions,
): Promise<CreatedAt | undefined> {
  return (
    dateIn(index.annotations) ?? latest(await Promise.all(children.map((child) => childCreatedAt(child, options))))
  );
}

async function childCreatedAt(child: Descriptor, options: MetadataOptions): Promise<CreatedAt | undefined> {
  const annotated = dateIn(child.annotations);
  if (annotated !== undefined) return annotated;
  const manifest = await options.client.getManifest(options.repository, child.digest, options.signal);
  return manifest?.kind === "image" ? manifestCreatedAt(manifest, options) : undefined;
}

async function manifestCreatedAt(
  { annotations, config }: ImageManifest,
  { client, repository, signal }: MetadataOptions,
): Promise<CreatedAt | undefined> {
  const annotated = dateIn(annotations);
  if (annotated !== undefined) return annotated;
  const { created, labels } = await client.getConfig(repository, config.digest, signal);
  return latest([parseCreatedAt(created), dateIn(labels)]);
}

function dateIn(texts: Readonly<Record<string, string>>): CreatedAt | undefined {
  for (const key of CREATED_KEYS) {
    const date = parseCreatedAt(texts[key]);
    if (date !== undefined) return date;
  }
  return undefined;
}
