// The example's registry in this process, with a record of what it was asked and a switch for what may go wrong.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SYSTEM_CLOCK } from "../../src/app/system.ts";
import { type HttpRequest, type HttpResponse, jsonResponse, type Transport } from "../../src/http/message.ts";
import { inProcessTransport } from "../../src/http/transport.ts";
import { openDirectoryStore } from "../../src/localregistry/directory-store.ts";
import { createLocalRegistry } from "../../src/localregistry/local-registry.ts";
import { createBlobCache } from "../../src/registries/blob-cache.ts";
import { createOciClient, type OciClient } from "../../src/registries/oci-client.ts";
import { HALF } from "./test-clock.ts";

/** Where references in tests point; nothing listens there. */
export const HOST = "127.0.0.1:5000";

const INDEX_TYPE = "application/vnd.oci.image.index.v1+json";
const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

export interface ImageRegistry {
  readonly client: OciClient;
  /** `HEAD app:1.0.0`, `GET app@<digest>`, `TAGS app`, `BLOB app`: in the order of arrival, since the last `forget`. */
  asked(): readonly string[];
  forget(): void;
  /** An answer in the registry's place; undefined lets a request through. */
  instead: (request: HttpRequest, asked: string) => Answer | Promise<Answer>;
  /** The digest of what was pushed. */
  pushImage(name: string, tag: string, image?: ImageContent): Promise<string>;
  pushIndex(name: string, tag: string, index: IndexContent): Promise<string>;
  dispose(): void;
}

type Answer = HttpResponse | undefined;

export interface ImageContent {
  readonly annotations?: Readonly<Record<string, string>>;
  /** In the config. */
  readonly created?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface IndexContent {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly children: readonly {
    /** `linux/arm64/v8`; none where undefined. */
    readonly platform?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly image?: ImageContent;
  }[];
}

/** `404` and the like, as registries answer. */
export function refusal(status: number, code: string): HttpResponse {
  return jsonResponse(status, { errors: [{ code, message: code.toLowerCase().replaceAll("_", " ") }] });
}

export function createImageRegistry(): ImageRegistry {
  const path = mkdtempSync(join(tmpdir(), "dockbell-registry-"));
  const store = openDirectoryStore(path);
  const direct = inProcessTransport(createLocalRegistry({ store, random: HALF }).handler);
  const asked: string[] = [];
  const transport: Transport = async (request) => {
    const what = describe(request);
    if (what !== "") asked.push(what);
    return (await registry.instead(request, what)) ?? direct(request);
  };
  const put = (name: string, tag: string | undefined, mediaType: string, manifest: object): string => {
    const digest = store.putBlob(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...manifest })));
    for (const reference of tag === undefined ? [digest] : [tag, digest]) {
      store.putManifest(name, reference, { mediaType, digest });
    }
    return digest;
  };
  const putImage = (name: string, tag: string | undefined, image: ImageContent): string => {
    const { annotations, created, labels } = image;
    const config = store.putBlob(Buffer.from(JSON.stringify({ created, config: { Labels: labels } })));
    return put(name, tag, MANIFEST_TYPE, { config: { digest: config }, layers: [], annotations });
  };
  const registry: ImageRegistry = {
    // Time runs a thousand times as fast for the client's own retries.
    client: createOciClient({ transport, clock: FAST_CLOCK, random: HALF, cache: createBlobCache() }),
    asked: () => asked,
    forget: () => void asked.splice(0),
    instead: () => undefined,
    async pushImage(name, tag, image = { annotations: { "org.opencontainers.image.version": tag } }) {
      return putImage(name, tag, image);
    },
    async pushIndex(name, tag, { annotations, children }) {
      const manifests = children.map((child) => ({
        mediaType: MANIFEST_TYPE,
        digest: putImage(name, undefined, child.image ?? {}),
        annotations: child.annotations,
        platform: platformOf(child.platform),
      }));
      return put(name, tag, INDEX_TYPE, { manifests, annotations });
    },
    dispose: () => rmSync(path, { recursive: true, force: true }),
  };
  return registry;
}

const FAST_CLOCK = {
  ...SYSTEM_CLOCK,
  sleep: (ms: number, signal?: AbortSignal) => SYSTEM_CLOCK.sleep(ms / 1_000, signal),
};

/** Empty for the question whether the host speaks TLS, asked once. */
function describe({ method, url }: HttpRequest): string {
  const [, name = "", kind = "", rest = ""] =
    /^\/v2\/(.+)\/(tags|manifests|blobs)\/(.+)$/.exec(new URL(url).pathname) ?? [];
  if (kind === "") return "";
  if (kind === "tags") return `TAGS ${name}`;
  if (kind === "blobs") return `BLOB ${name}`;
  return rest.startsWith("sha256:") ? `${method} ${name}@digest` : `${method} ${name}:${rest}`;
}

function platformOf(text: string | undefined) {
  const [os, architecture, variant] = text?.split("/") ?? [];
  return text === undefined ? undefined : { os, architecture, variant };
}
