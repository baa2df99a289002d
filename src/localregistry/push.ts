// Pushes blobs and manifests as any client does: OCI Distribution Specification, "Push".
import { createHash } from "node:crypto";
import { RegistryError } from "../errors.ts";
import { readBody, type Transport } from "../http/message.ts";

/** The repository that is pushed to. */
export interface PushTarget {
  readonly transport: Transport;
  /** `http://127.0.0.1:<port>`. */
  readonly origin: string;
  readonly repository: string;
}

export interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

export interface PushedManifest extends Descriptor {
  readonly mediaType: string;
}

const MAX_ANSWER_BYTES = 64 * 1024;

export async function pushBlob(target: PushTarget, bytes: Uint8Array): Promise<Descriptor> {
  const { transport, origin, repository } = target;
  const url = `${origin}/v2/${repository}/blobs/uploads/`;
  const started = await transport({ method: "POST", url, headers: { "content-length": "0" }, body: new Uint8Array(0) });
  await readBody(started.body, MAX_ANSWER_BYTES);
  const location = new URL(String(started.headers["location"] ?? ""), origin);
  const digest = digestOf(bytes);
  location.searchParams.set("digest", digest);
  await put(target, location.pathname + location.search, bytes, "application/octet-stream");
  return { digest, size: bytes.byteLength };
}

/** Under its tag, or under its digest alone. */
export async function pushManifest(
  target: PushTarget,
  tag: string | undefined,
  manifest: { readonly mediaType: string } & Readonly<Record<string, unknown>>,
): Promise<PushedManifest> {
  const { mediaType } = manifest;
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...manifest }));
  const digest = digestOf(bytes);
  await put(target, `/v2/${target.repository}/manifests/${tag ?? digest}`, bytes, mediaType);
  return { mediaType, digest, size: bytes.byteLength };
}

async function put(
  { transport, origin }: PushTarget,
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

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
