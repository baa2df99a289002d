// The embedded Kubernetes API in this process, on a clock of the test, with a switch for what may go wrong between.
import type { Clock, Random } from "../../src/clock.ts";
import type { HttpRequest, HttpResponse } from "../../src/http/message.ts";
import { inProcessTransport } from "../../src/http/transport.ts";
import { createKubeClient, type KubeClient } from "../../src/kube/client.ts";
import { openLocalKube } from "../../src/localkube/local-kube.ts";
import { KUBE_MIGRATIONS } from "../../src/localkube/store-schema.ts";
import { openDatabase } from "../../src/sqlite.ts";

export interface TestKube {
  /** What the product calls; the network may fail it. */
  readonly client: KubeClient;
  /** What the test itself calls. */
  readonly admin: KubeClient;
  /** Undefined lets a request through, at once or later. */
  network: (request: HttpRequest) => Promise<HttpResponse | undefined> | undefined;
  /** Holds back what the watches tell. */
  watches: Promise<void>;
  /** Every request the product made. */
  readonly requests: string[];
}

const TOKEN = "test";

/** For `onError` where nothing may fail: ends the test. */
export function unexpected(error: unknown): never {
  throw error;
}

export async function startKube(options: { clock: Clock; random: Random; signal: AbortSignal }): Promise<TestKube> {
  const database = openDatabase({ path: ":memory:", migrations: KUBE_MIGRATIONS });
  const { handler } = await openLocalKube({ ...options, database, token: TOKEN, onError: unexpected });
  const direct = inProcessTransport(handler);
  const settings = { server: "https://kube.test", token: () => TOKEN, userAgent: "test" };
  const kube: TestKube = {
    network: () => undefined,
    watches: Promise.resolve(),
    requests: [],
    admin: createKubeClient({ ...settings, transport: direct }),
    client: createKubeClient({
      ...settings,
      async transport(request) {
        kube.requests.push(`${request.method} ${new URL(request.url).pathname}`);
        const response = (await kube.network(request)) ?? (await direct(request));
        if (response.body instanceof Uint8Array) return response;
        return { ...response, body: heldBack(response.body, () => kube.watches) };
      },
    }),
  };
  return kube;
}

async function* heldBack(chunks: AsyncIterable<Uint8Array>, until: () => Promise<void>): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) {
    await until();
    yield chunk;
  }
}
