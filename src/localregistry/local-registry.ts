// The example's registry: enough of the OCI Distribution Specification 1.1 to push and pull on loopback.
import type { Random } from "../clock.ts";
import {
  BodyTooLargeError,
  EMPTY_BODY,
  type Handler,
  type HttpRequest,
  type HttpResponse,
  jsonResponse,
  readBody,
} from "../http/message.ts";
import type { RegistryStore } from "./directory-store.ts";

interface LocalRegistryOptions {
  readonly store: RegistryStore;
  readonly random: Random;
}

const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
const MAX_BLOB_BYTES = 256 * 1024 * 1024;
const MAX_UPLOADS = 64;
const NAME = "[a-z0-9]+(?:[._/-]+[a-z0-9]+)*";
const ROUTES: readonly (readonly [pattern: RegExp, verbs: Readonly<Record<string, Route>>])[] = [
  [/^\/v2\/?$/, { GET: () => jsonResponse(200, {}) }],
  [new RegExp(`^/v2/(?<name>${NAME})/tags/list$`), { GET: listTags }],
  [
    new RegExp(`^/v2/(?<name>${NAME})/manifests/(?<reference>[\\w.:-]+)$`),
    { GET: getManifest, HEAD: getManifest, PUT: putManifest },
  ],
  [new RegExp(`^/v2/(?<name>${NAME})/blobs/uploads/?$`), { POST: startUpload }],
  [
    new RegExp(`^/v2/(?<name>${NAME})/blobs/uploads/(?<upload>[0-9a-f]+)$`),
    { PATCH: continueUpload, PUT: finishUpload },
  ],
  [new RegExp(`^/v2/(?<name>${NAME})/blobs/(?<digest>sha256:[0-9a-f]{64})$`), { GET: getBlob, HEAD: getBlob }],
];

interface Call {
  readonly request: HttpRequest;
  readonly query: URLSearchParams;
  readonly path: Readonly<Record<string, string>>;
  readonly store: RegistryStore;
  readonly random: Random;
  /** Bytes of the uploads under way, by id. */
  readonly uploads: Map<string, Uint8Array>;
}

type Route = (call: Call) => HttpResponse | Promise<HttpResponse>;

export function createLocalRegistry({ store, random }: LocalRegistryOptions): { handler: Handler } {
  const uploads = new Map<string, Uint8Array>();
  return {
    async handler(request) {
      const url = new URL(request.url, "http://registry");
      for (const [pattern, verbs] of ROUTES) {
        const path = pattern.exec(url.pathname);
        if (!path) continue;
        const route = verbs[request.method];
        if (!route) return failure(405, "UNSUPPORTED", "the operation is unsupported");
        return guarded(() =>
          route({ request, query: url.searchParams, path: path.groups ?? {}, store, random, uploads }),
        );
      }
      return failure(404, "NAME_UNKNOWN", "no such path");
    },
  };
}

async function guarded(route: () => HttpResponse | Promise<HttpResponse>): Promise<HttpResponse> {
  try {
    return await route();
  } catch (error) {
    if (error instanceof BodyTooLargeError) return failure(413, "SIZE_INVALID", error.message);
    throw error;
  }
}

function listTags({ path, query, store }: Call): HttpResponse {
  const name = path["name"] ?? "";
  const all = store.listTags(name);
  if (!all) return failure(404, "NAME_UNKNOWN", "repository name not known to registry");
  const last = query.get("last");
  const rest = last === null ? all : all.filter((tag) => tag > last);
  const size = Number(query.get("n") ?? rest.length) || rest.length;
  const tags = rest.slice(0, size);
  const link = `</v2/${name}/tags/list?n=${size}&last=${tags.at(-1)}>; rel="next"`;
  return jsonResponse(200, { name, tags }, tags.length < rest.length ? { link } : {});
}

function getManifest({ request, path, store }: Call): HttpResponse {
  const stored = store.getManifest(path["name"] ?? "", path["reference"] ?? "");
  const bytes = stored && store.getBlob(stored.digest);
  if (!stored || !bytes) return failure(404, "MANIFEST_UNKNOWN", "manifest unknown");
  return content(request, bytes, { "content-type": stored.mediaType, "docker-content-digest": stored.digest });
}

async function putManifest({ request, path, store }: Call): Promise<HttpResponse> {
  const { name = "", reference = "" } = path;
  const bytes = await readBody(request.body, MAX_MANIFEST_BYTES);
  const digest = store.putBlob(bytes);
  if (reference.startsWith("sha256:") && reference !== digest)
    return failure(400, "DIGEST_INVALID", "the content has another digest");
  const mediaType = request.headers["content-type"] ?? "application/vnd.oci.image.manifest.v1+json";
  for (const key of [digest, reference]) store.putManifest(name, key, { mediaType, digest });
  return created(`/v2/${name}/manifests/${reference}`, digest);
}

function getBlob({ request, path, store }: Call): HttpResponse {
  const { digest = "" } = path;
  const bytes = store.getBlob(digest);
  if (!bytes) return failure(404, "BLOB_UNKNOWN", "blob unknown to registry");
  return content(request, bytes, { "content-type": "application/octet-stream", "docker-content-digest": digest });
}

async function startUpload(call: Call): Promise<HttpResponse> {
  const { path, query, random, uploads } = call;
  if (uploads.size >= MAX_UPLOADS) uploads.delete([...uploads.keys()][0] ?? "");
  const upload = Buffer.from(random.bytes(16)).toString("hex");
  uploads.set(upload, EMPTY_BODY);
  if (query.has("digest")) return finishUpload({ ...call, path: { ...path, upload } });
  return progress(path["name"] ?? "", upload, 0);
}

async function continueUpload({ request, path, uploads }: Call): Promise<HttpResponse> {
  const { name = "", upload = "" } = path;
  const bytes = await appended(request, uploads.get(upload));
  if (!bytes) return failure(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
  uploads.set(upload, bytes);
  return progress(name, upload, bytes.byteLength);
}

async function finishUpload({ request, path, query, store, uploads }: Call): Promise<HttpResponse> {
  const { name = "", upload = "" } = path;
  const bytes = await appended(request, uploads.get(upload));
  if (!bytes) return failure(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
  uploads.delete(upload);
  const digest = store.putBlob(bytes);
  if (query.get("digest") !== digest) return failure(400, "DIGEST_INVALID", "the content has another digest");
  return created(`/v2/${name}/blobs/${digest}`, digest);
}

async function appended(request: HttpRequest, before: Uint8Array | undefined): Promise<Uint8Array | undefined> {
  if (!before) return undefined;
  return Buffer.concat([before, await readBody(request.body, MAX_BLOB_BYTES - before.byteLength)]);
}

function progress(name: string, upload: string, length: number): HttpResponse {
  const headers = {
    location: `/v2/${name}/blobs/uploads/${upload}`,
    range: `0-${Math.max(0, length - 1)}`,
    "docker-upload-uuid": upload,
  };
  return { status: 202, headers, body: EMPTY_BODY };
}

function created(location: string, digest: string): HttpResponse {
  return { status: 201, headers: { location, "docker-content-digest": digest }, body: EMPTY_BODY };
}

function content(request: HttpRequest, bytes: Uint8Array, headers: Readonly<Record<string, string>>): HttpResponse {
  const length = { "content-length": String(bytes.byteLength) };
  return { status: 200, headers: { ...headers, ...length }, body: request.method === "HEAD" ? EMPTY_BODY : bytes };
}

function failure(status: number, code: string, message: string): HttpResponse {
  return jsonResponse(status, { errors: [{ code, message, detail: null }] });
}
