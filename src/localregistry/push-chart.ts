// Pushes a small chart that `helm pull` takes: https://helm.sh/docs/topics/registries/. For the example and `send`.
import { gzipSync } from "node:zlib";
import { type PushedManifest, type PushTarget, pushBlob, pushManifest } from "./push.ts";

interface ChartPush extends PushTarget {
  /** The version, with `_` in the place of `+`. */
  readonly tag: string;
  /** RFC 3339. */
  readonly createdAt: string;
}

const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
/** By its type a registry, and Docker Hub's webhook, tell a chart from an image. */
const CONFIG_TYPE = "application/vnd.cncf.helm.config.v1+json";
const CONTENT_TYPE = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const TAR_BLOCK_BYTES = 512;

/** One template, whose content differs with the tag and the moment. Its media type is what Docker Hub tells of it. */
export async function pushChart(push: ChartPush): Promise<PushedManifest> {
  const { repository, tag, createdAt } = push;
  const name = repository.split("/").at(-1) ?? repository;
  const version = tag.replaceAll("_", "+");
  const chart = { apiVersion: "v2", name, version, type: "application", description: "Dockbell's example" };
  const archive = tarOf([
    { path: `${name}/Chart.yaml`, text: JSON.stringify(chart) },
    { path: `${name}/templates/NOTES.txt`, text: `${name} ${version}, packed at ${createdAt}\n` },
  ]);
  const config = await pushBlob(push, Buffer.from(JSON.stringify(chart)));
  const content = await pushBlob(push, gzipSync(archive));
  const manifest = await pushManifest(push, tag, {
    mediaType: MANIFEST_TYPE,
    config: { mediaType: CONFIG_TYPE, ...config },
    layers: [{ mediaType: CONTENT_TYPE, ...content }],
    annotations: { "org.opencontainers.image.created": createdAt, "org.opencontainers.image.version": version },
  });
  return { ...manifest, mediaType: CONFIG_TYPE };
}

interface ArchivedFile {
  /** At most 100 bytes. */
  readonly path: string;
  readonly text: string;
}

/** POSIX.1-1988 ustar: a header block and the padded content for each file, then two empty blocks. */
function tarOf(files: readonly ArchivedFile[]): Buffer {
  const parts = files.flatMap(({ path, text }) => {
    const content = Buffer.from(text);
    return [headerOf(path, content.length), content, Buffer.alloc(-content.length & (TAR_BLOCK_BYTES - 1))];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * TAR_BLOCK_BYTES)]);
}

function headerOf(path: string, bytes: number): Buffer {
  const header = Buffer.alloc(TAR_BLOCK_BYTES);
  const fields: readonly (readonly [offset: number, text: string])[] = [
    [0, path],
    [100, "0000644\0"],
    [108, "0000000\0"],
    [116, "0000000\0"],
    [124, `${bytes.toString(8).padStart(11, "0")}\0`],
    [136, "00000000000\0"],
    // The checksum counts its own field as spaces.
    [148, "        "],
    [156, "0"],
    [257, "ustar\0"],
    [263, "00"],
  ];
  for (const [offset, text] of fields) header.write(text, offset, "ascii");
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${checksum.toString(8).padStart(6, "0")}\0 `, 148, "ascii");
  return header;
}
