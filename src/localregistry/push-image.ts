// Pushes small, realistic images: layer, config, manifest, and the index of several platforms. For the example, `send`,
// and tests.
import { gzipSync } from "node:zlib";
import { digestOf, type PushedManifest, type PushTarget, pushBlob, pushManifest } from "./push.ts";

export interface ImagePush extends PushTarget {
  readonly tag: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Of the manifest; by default its date. */
  readonly annotations?: Readonly<Record<string, string>>;
}

const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const INDEX_TYPE = "application/vnd.oci.image.index.v1+json";
const CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip";
const PLATFORMS = ["amd64", "arm64"];

/** A single linux/amd64 image whose content differs with the tag and the moment. */
export function pushImage(push: ImagePush): Promise<PushedManifest> {
  return pushPlatform(push, "amd64", push.tag);
}

/** The index of one such image for each platform. */
export async function pushIndex(push: ImagePush): Promise<PushedManifest> {
  const manifests: object[] = [];
  for (const architecture of PLATFORMS) {
    const image = await pushPlatform(push, architecture, undefined);
    manifests.push({ ...image, platform: { architecture, os: "linux" } });
  }
  return pushManifest(push, push.tag, { mediaType: INDEX_TYPE, manifests, annotations: annotationsOf(push) });
}

async function pushPlatform(push: ImagePush, architecture: string, tag: string | undefined): Promise<PushedManifest> {
  const { repository, createdAt } = push;
  const content = Buffer.from(`${repository}:${push.tag} ${architecture} ${createdAt}\n`);
  const layer = await pushBlob(push, gzipSync(content));
  const config = await pushBlob(
    push,
    Buffer.from(
      JSON.stringify({
        created: createdAt,
        architecture,
        os: "linux",
        config: { Labels: { "org.opencontainers.image.version": push.tag } },
        rootfs: { type: "layers", diff_ids: [digestOf(content)] },
        history: [{ created: createdAt, created_by: "example" }],
      }),
    ),
  );
  return pushManifest(push, tag, {
    mediaType: MANIFEST_TYPE,
    config: { mediaType: CONFIG_TYPE, ...config },
    layers: [{ mediaType: LAYER_TYPE, ...layer }],
    annotations: annotationsOf(push),
  });
}

function annotationsOf({ createdAt, annotations }: ImagePush): Readonly<Record<string, string>> {
  return annotations ?? { "org.opencontainers.image.created": createdAt };
}
