// Pushes a small, realistic image as any client does: layer, config, manifest. For the example, `send`, and tests.
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { RegistryError } from "../errors.ts";
import { readBody, type Transport } from "../http/message.ts";

interface PushOptions {
  readonly transport: Transport;
  /** `http://127.0.0.1:<port>`. */
  readonly origin: string;
  readonly repository: string;
  readonly tag: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Of the manifest; by default its date. */
  readonly annotations?: Readonly<Record<string, string>>;
}

const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip";
const MAX_ANSWER_BYTES = 64 * 1024;

/** A single linux/amd64 image whose content differs with the tag and the moment. */
export async function pushImage(
  options: PushOptions,
): Promise<{ readonly digest: string; readonly mediaType: string }> {
  const { repository, tag, createdAt } = options;
  const { annotations = { "org.opencontainers.image.created": createdAt } } = options;
  const content = Buffer.from(`${repository}:${tag} ${createdAt}\n`);
  const layer = await pushBlob(options, gzipSync(content));
  const config = await pushBlob(
    options,
    Buffer.from(
      JSON.stringify({
        created: createdAt,
        architecture: "amd64",
        os: "linux",
        config: { Labels: { "org.opencontainers.image.version": tag } },
        rootfs: { type: "layers", diff_ids: [digestOf(content)] },
        history: [{ created: createdAt, created_by: "example" }],
      }),
    ),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: { mediaType: CONFIG_TYPE, ...config },
      layers: [{ mediaType: LAYER_TYPE, ...layer }],
      annotations,
    }),
  );
  await put(options, `/v2/${repository}/manifests/${tag}`, manifest, MANIFEST_TYPE);
  return { digest: digestOf(manifest), mediaType: MANIFEST_TYPE };
}

async function pushBlob(options: PushOptions, bytes: Uint8Array): Promise<{ digest: string; size: number }> {
  const { transport, origin, repository } = options;
  const url = `${origin}/v2/${repository}/blobs/uploads/`;
  const started = await transport({ method: "POST", url, headers: { "content-length": "0" }, body: new Uint8Array(0) });
  await readBody(started.body, MAX_ANSWER_BYTES);
  const location = new URL(String(started.headers["location"] ?? ""), origin);
  const digest = digestOf(bytes);
  location.searchParams.set("digest", digest);
  await put(options, location.pathname + location.search, bytes, "application/octet-stream");
  return { digest, size: bytes.byteLength };
}

async function put(
  { transport, origin }: PushOptions,
  path: string,
  body: Uint8Array,
  contentType: string,
): Promise<void> {
  const headers = { "content-type": contentType, "content-length": String(body.byteLength) };
  const { status, body: answer } = await transport({ method: "PUT", url: origin + path, headers, body });
  await readBody(answer, MAX_ANSWER_BYTES);
  if (status !== 201)
    throw new RegistryError(`PUT ${origin}${path.split("?")[0]}: HTTP ${status}`, {
      status,
      isRetryable: status >= 500,
    });
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
