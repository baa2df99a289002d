// Registry clients for tests: over real sockets, with time that runs fast.
import { createNetworkTransport, type NetworkTransport } from "../../src/http/transport.ts";
import { type BlobCache, createBlobCache } from "../../src/registries/blob-cache.ts";
import { createOciClient, type OciClient } from "../../src/registries/oci-client.ts";
import { createFastClock, HALF } from "./test-clock.ts";

/** Twenty seconds of waiting take one. */
const FACTOR = 20;

export interface TestOciClient extends OciClient {
  readonly network: NetworkTransport;
  close(): void;
}

/** `ca` is the one authority that is trusted; a registry may be silent for `silenceMs`. */
export function createTestOciClient(
  options: { ca?: string; cache?: BlobCache; silenceMs?: number } = {},
): TestOciClient {
  const { silenceMs = 10_000 } = options;
  const network = createNetworkTransport({
    ...(options.ca !== undefined && { tls: { ca: options.ca } }),
    connectTimeoutMs: 2_000,
    answerTimeoutMs: silenceMs,
    idleTimeoutMs: silenceMs,
  });
  const client = createOciClient({
    transport: network.transport,
    clock: createFastClock(FACTOR),
    random: HALF,
    cache: options.cache ?? createBlobCache(),
  });
  return {
    listTags: (...args) => client.listTags(...args),
    headManifest: (...args) => client.headManifest(...args),
    getManifest: (...args) => client.getManifest(...args),
    getConfig: (...args) => client.getConfig(...args),
    network,
    close: () => network.close(),
  };
}
