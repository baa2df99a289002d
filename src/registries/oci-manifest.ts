// What Dockbell reads of manifests, indexes and image configs: decoded once, here, where they arrive.
// OCI Image Format Specification 1.1; Docker Image Manifest V2, Schema 2.
import { RegistryError } from "../errors.ts";

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  /** "" where there is none. */
  readonly variant: string;
}

/** Names content by its digest. Annotations are {} where there are none. */
export interface Descriptor {
  readonly digest: string;
  readonly mediaType: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly platform?: Platform;
}

interface AnyManifest {
  /** Of the bytes the registry sent. */
  readonly digest: string;
  /** Its own, or what its kind is called in the OCI specification. */
  readonly mediaType: string;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ImageManifest extends AnyManifest {
  readonly kind: "image";
  readonly config: Descriptor;
}

export interface ImageIndex extends AnyManifest {
  readonly kind: "index";
  readonly manifests: readonly Descriptor[];
}

export type Manifest = ImageManifest | ImageIndex;

export interface ImageConfig {
  /** As written, RFC 3339 or not. */
  readonly created?: string;
  readonly labels: Readonly<Record<string, string>>;
}

const OCI_TYPES: Readonly<Record<Manifest["kind"], string>> = {
  index: "application/vnd.oci.image.index.v1+json",
  image: "application/vnd.oci.image.manifest.v1+json",
};
const KINDS: ReadonlyMap<string, Manifest["kind"]> = new Map([
  [OCI_TYPES.index, "index"],
  ["application/vnd.docker.distribution.manifest.list.v2+json", "index"],
  [OCI_TYPES.image, "image"],
  ["application/vnd.docker.distribution.manifest.v2+json", "image"],
]);

/** For `Accept`. */
export const MANIFEST_MEDIA_TYPES: string = [...KINDS.keys()].join(", ");

/** The kind behind a `Content-Type`; throws for every other artifact, in Kargo's words: docs/compatibility.md, 8.2. */
export function manifestKind(contentType: string): Manifest["kind"] {
  const mediaType = contentType.split(";", 1)[0]?.trim() ?? "";
  const kind = KINDS.get(mediaType);
  if (kind === undefined) throw malformed(`unknown artifact type: ${mediaType}`);
  return kind;
}

/**
 * Throws `RegistryError` for what is neither an image manifest nor an index, or claims to be both: content that two
 * readers may understand differently is refused (CVE-2021-41190).
 */
export function decodeManifest(content: unknown, digest: string): Manifest {
  const { mediaType, manifests, config, layers, annotations } = objectOf(content, "the manifest");
  const kind = manifests === undefined ? "image" : "index";
  const isBoth = kind === "index" && (config !== undefined || layers !== undefined);
  const isMislabelled = typeof mediaType === "string" && KINDS.has(mediaType) && KINDS.get(mediaType) !== kind;
  if (isBoth || isMislabelled) throw malformed("the manifest claims to be an image and an index at once");
  const shared = { digest, mediaType: textOf(mediaType) || OCI_TYPES[kind], annotations: textsOf(annotations) };
  if (kind === "image") return { kind, ...shared, config: descriptorOf(config) };
  if (!Array.isArray(manifests)) throw malformed("manifests is not a list");
  return { kind, ...shared, manifests: manifests.map(descriptorOf) };
}

/** Takes what it finds: a chart's config is no image's, and no fault. */
export function decodeImageConfig(content: unknown): ImageConfig {
  const { created, config } = objectOf(content, "the image config");
  const labels = isObject(config) ? textsOf(config["Labels"]) : {};
  return { labels, ...(typeof created === "string" && { created }) };
}

function descriptorOf(value: unknown): Descriptor {
  const { digest, mediaType, annotations, platform } = objectOf(value, "a descriptor");
  if (typeof digest !== "string") throw malformed("a descriptor has no digest");
  return {
    digest,
    mediaType: textOf(mediaType),
    annotations: textsOf(annotations),
    ...(isObject(platform) && { platform: platformOf(platform) }),
  };
}

function platformOf({ os, architecture, variant }: Readonly<Record<string, unknown>>): Platform {
  return { os: textOf(os), architecture: textOf(architecture), variant: textOf(variant) };
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (!isObject(value)) throw malformed(`${what} is not an object`);
  return value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function malformed(message: string): RegistryError {
  return new RegistryError(message, { status: 0, isRetryable: false });
}
