// Discovery beside Kargo's measured figures: what a look at a repository costs its registry, counted there, and how
// long the way from a webhook to the status takes. The registry stands in this process, on a socket.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../src/app/system.ts";
import { dockerHubPayload } from "../src/cli/payload.ts";
import { readBody, type Transport } from "../src/http/message.ts";
import { inProcessTransport } from "../src/http/transport.ts";
import { openDirectoryStore } from "../src/localregistry/directory-store.ts";
import { createLocalRegistry } from "../src/localregistry/local-registry.ts";
import { pushImage } from "../src/localregistry/push-image.ts";
import { REFRESH_ANNOTATION } from "../src/resources/kargo.ts";
import { apiVersionOf } from "../src/resources/resource.ts";
import { WAREHOUSES, type Warehouse } from "../src/resources/warehouse.ts";
import { type Dockbell, eventually } from "../test/support/dockbell.ts";
import { listenerOf, startTestRegistry, type TestRegistry } from "../test/support/test-registry.ts";
import { receiverURL, residentMegabytes, withExample } from "./example.ts";
import { quantile, type Report } from "./subject.ts";

const KEPT = 20;
const ROUNDS = 20;
const NAME = { namespace: "kargo-demo", name: "bench" };
export const BENCH_REPOSITORY = "bench/app";

interface Bench {
  readonly dockbell: Dockbell;
  readonly registry: TestRegistry;
  readonly push: Push;
  readonly report: Report;
}

export async function benchDiscovery(report: Report): Promise<void> {
  await withBenchRegistry(async (registry, push) => {
    await withExample(async (dockbell) => {
      const bench = { dockbell, registry, push, report };
      for (let patch = 0; patch < KEPT; patch++) await push(`1.0.${patch}`);
      await firstScan(bench);
      await pushes(bench);
      await nothingChanged(bench);
      report("resident memory, after the discoveries", `${Math.round(residentMegabytes(dockbell))} MB`, "< 120 MB");
    });
  });
}

/** Pushes an image under a tag, without a request that would be counted; resolves with its media type. */
export type Push = (tag: string) => Promise<string>;

/** Hands over a registry in this process, with nothing in it, and how to push to `BENCH_REPOSITORY` there. */
export async function withBenchRegistry(measure: (registry: TestRegistry, push: Push) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "dockbell-bench-"));
  const { handler } = createLocalRegistry({ store: openDirectoryStore(directory), random: SYSTEM_RANDOM });
  const registry = await startTestRegistry(listenerOf(handler));
  try {
    await measure(registry, pusher(inProcessTransport(handler)));
  } finally {
    registry.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Without annotations, as `docker push` leaves them: the date then costs the config. */
function pusher(transport: Transport): Push {
  return async (tag) => {
    const createdAt = new Date(SYSTEM_CLOCK.now()).toISOString();
    const image = { origin: "http://registry", repository: BENCH_REPOSITORY, tag, createdAt, annotations: {} };
    return (await pushImage({ transport, ...image })).mediaType;
  };
}

async function firstScan({ dockbell, registry, report }: Bench): Promise<void> {
  const spec = { subscriptions: [{ image: { repoURL: `${registry.host}/${BENCH_REPOSITORY}` } }] };
  const startedAt = SYSTEM_CLOCK.monotonicMs();
  await dockbell.client.create(WAREHOUSES, {
    apiVersion: apiVersionOf(WAREHOUSES),
    kind: WAREHOUSES.kind,
    metadata: NAME,
    spec,
  } as unknown as Warehouse);
  await untilNewest(dockbell, `1.0.${KEPT - 1}`);
  const elapsedMs = SYSTEM_CLOCK.monotonicMs() - startedAt;
  // A connection and a request more ask, once for a host on loopback, whether it speaks TLS.
  const requests = registry.asked.filter(({ url }) => url !== "/v2/").length;
  report("first scan of 20 tags, requests", String(requests), "≤ 41 (Kargo 62)");
  report("first scan of 20 tags, connections", String(registry.connections() - 1), "≤ 4");
  report("first scan of 20 tags", `${elapsedMs.toFixed(0)} ms`, "< 500 ms (Kargo 4200 ms)");
}

async function pushes({ dockbell, registry, push, report }: Bench): Promise<void> {
  const url = await receiverURL(dockbell);
  const times: number[] = [];
  const costs: Cost[] = [];
  for (let patch = KEPT; patch < KEPT + ROUNDS; patch++) {
    const tag = `1.0.${patch}`;
    const mediaType = await push(tag);
    const payload = dockerHubPayload({
      repository: `${registry.host}/${BENCH_REPOSITORY}`,
      tag,
      mediaType,
      pushedAt: 0,
    });
    const body = Buffer.from(payload);
    const before = registry.asked.length;
    const startedAt = SYSTEM_CLOCK.monotonicMs();
    const headers = { "content-length": String(body.length) };
    await readBody((await dockbell.network.transport({ method: "POST", url, headers, body })).body, 10_000);
    await untilNewest(dockbell, tag);
    times.push(SYSTEM_CLOCK.monotonicMs() - startedAt);
    costs.push(costSince(registry, before));
  }
  report("one push, 20 tags kept, requests", worst(costs, "requests"), "tag list + ≤ 3 (Kargo 62)");
  report("one push, 20 tags kept, manifest GETs", worst(costs, "manifestGets"), "1 (Kargo 20)");
  report("POST to discovered, 20 tags kept, p50", `${quantile(times, 0.5).toFixed(1)} ms`, "< 50 ms (Kargo 3640 ms)");
  report("POST to discovered, 20 tags kept, p99", `${quantile(times, 0.99).toFixed(1)} ms`, "—");
}

/** A refresh that nothing was pushed for looks at every kept tag. */
async function nothingChanged({ dockbell, registry, report }: Bench): Promise<void> {
  const before = registry.asked.length;
  const token = "by hand";
  await dockbell.client.mergePatch(WAREHOUSES, NAME, { metadata: { annotations: { [REFRESH_ANNOTATION]: token } } });
  const startedAt = SYSTEM_CLOCK.monotonicMs();
  await eventually(async () => (await statusOf(dockbell))?.lastHandledRefresh === token, dockbell.output, 1);
  const elapsedMs = SYSTEM_CLOCK.monotonicMs() - startedAt;
  const cost = costSince(registry, before);
  report("nothing changed, requests", String(cost.requests), "tag list + 20 HEADs");
  report("nothing changed, manifest GETs", String(cost.manifestGets), "0 (Kargo 20)");
  report("nothing changed", `${elapsedMs.toFixed(0)} ms`, "—");
}

interface Cost {
  readonly requests: number;
  readonly manifestGets: number;
}

function costSince(registry: TestRegistry, before: number): Cost {
  const asked = registry.asked.slice(before);
  const gets = asked.filter(({ method, url }) => method === "GET" && url.includes("/manifests/"));
  return { requests: asked.length, manifestGets: gets.length };
}

function worst(costs: readonly Cost[], key: keyof Cost): string {
  return String(Math.max(...costs.map((cost) => cost[key])));
}

async function statusOf({ client }: Dockbell): Promise<Warehouse["status"]> {
  return (await client.get<Warehouse>(WAREHOUSES, NAME))?.status;
}

async function untilNewest(dockbell: Dockbell, tag: string): Promise<void> {
  const newest = async () => (await statusOf(dockbell))?.discoveredArtifacts?.images?.[0]?.references?.[0]?.tag;
  await eventually(async () => (await newest()) === tag, dockbell.output, 1);
}
