// From a webhook to the status that shows the pushed tag, all roles on the API server, beside the bare chain of the
// same steps one after another: fsync, patch, watch event, three registry requests, status patch, watch event.
import { mkdtempSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Agent, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../src/app/system.ts";
import { inProcessTransport } from "../src/http/transport.ts";
import { collectionPath } from "../src/kube/paths.ts";
import { openDirectoryStore } from "../src/localregistry/directory-store.ts";
import { createLocalRegistry } from "../src/localregistry/local-registry.ts";
import { pushImage } from "../src/localregistry/push-image.ts";
import { WAREHOUSES, type Warehouse } from "../src/resources/warehouse.ts";
import { listenerOf, startTestRegistry, type TestRegistry } from "../test/support/test-registry.ts";
import { type ClusterApi, type Place, refreshPatch, warehousePath } from "./cluster-api.ts";
import { withDockbell } from "./cluster-dockbell.ts";
import { createWarehouses, deleteWarehouses, webhook } from "./cluster-objects.ts";
import { quantile, type Report } from "./subject.ts";
import { rateOf, sendWebhooks } from "./webhook-load.ts";

const KEPT = 20;
const ROUNDS = 3;
const PUSHES = 15;
const WARM_UP = 3;
const REPOSITORY = "bench/app";

interface Bench {
  readonly api: ClusterApi;
  readonly place: Place;
  readonly registry: TestRegistry;
  readonly directory: string;
  readonly push: () => Promise<string>;
  /** Resolves with the next state of the Warehouse for which the claim holds. */
  readonly seen: (claim: (warehouse: Warehouse) => boolean) => Promise<Warehouse>;
}

export async function benchClusterDiscovery(api: ClusterApi, report: Report): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "dockbell-bench-"));
  const { handler } = createLocalRegistry({ store: openDirectoryStore(directory), random: SYSTEM_RANDOM });
  const registry = await startTestRegistry(listenerOf(handler));
  const stop = new AbortController();
  const push = pusher(handler);
  try {
    for (let tag = 0; tag < KEPT; tag++) await push();
    const repository = `${registry.host}/${REPOSITORY}`;
    const [place = { namespace: "", name: "" }] = await createWarehouses(api, {
      prefix: "found",
      count: 1,
      repository,
    });
    const bench = { api, place, registry, directory, push, seen: watchWarehouse(api, place, stop.signal) };
    const [bare, discovered]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      discovered.push(...(await pushes(bench)));
      bare.push(...(await chains(bench)));
    }
    report("bare chain, p50", `${quantile(bare, 0.5).toFixed(1)} ms`, "—");
    report("push to discovered, 20 tags kept, p50", `${quantile(discovered, 0.5).toFixed(1)} ms`, "— (Kargo 3640 ms)");
    report("push to discovered / bare chain, p50", (quantile(discovered, 0.5) / quantile(bare, 0.5)).toFixed(2), "≤ 2");
  } finally {
    stop.abort();
    registry.close();
    rmSync(directory, { recursive: true, force: true });
  }
  await deleteWarehouses(api);
}

/** Pushes 1.0.0, 1.0.1, … and returns the tag. */
function pusher(handler: Parameters<typeof inProcessTransport>[0]): () => Promise<string> {
  const transport = inProcessTransport(handler);
  let patch = 0;
  return async () => {
    const tag = `1.0.${patch++}`;
    const createdAt = new Date(SYSTEM_CLOCK.now()).toISOString();
    await pushImage({ transport, origin: "http://registry", repository: REPOSITORY, tag, createdAt, annotations: {} });
    return tag;
  };
}

function watchWarehouse({ bare }: ClusterApi, { namespace }: Place, signal: AbortSignal): Bench["seen"] {
  let waiting: { claim: (warehouse: Warehouse) => boolean; resolve: (warehouse: Warehouse) => void } | undefined;
  const onLine = (line: string) => {
    const { object } = JSON.parse(line) as { object: Warehouse };
    if (waiting?.claim(object)) waiting.resolve(object);
  };
  bare.watch(`${collectionPath(WAREHOUSES, namespace)}?watch=true`, onLine, signal);
  return (claim) =>
    new Promise((resolve) => {
      waiting = { claim, resolve };
    });
}

async function pushes({ api, registry, push, seen }: Bench): Promise<readonly number[]> {
  const times: number[] = [];
  await withDockbell(api, { roles: "receiver,projectconfig,warehouse", answerWithin: "0s" }, async ({ url }) => {
    for (let number = 0; number < PUSHES + WARM_UP; number++) {
      const tag = await push();
      const startedAt = SYSTEM_CLOCK.monotonicMs();
      const discovered = seen(({ status }) => status?.discoveredArtifacts?.images?.[0]?.references?.[0]?.tag === tag);
      rateOf(await sendWebhooks(url, [webhook(`${registry.host}/${REPOSITORY}`, tag)], 1), "202");
      await discovered;
      times.push(SYSTEM_CLOCK.monotonicMs() - startedAt);
    }
  });
  return times.slice(WARM_UP);
}

async function chains(bench: Bench): Promise<readonly number[]> {
  const { api, place } = bench;
  const warehouse = JSON.parse(await api.bare.ask("GET", warehousePath(place))) as Warehouse;
  const file = await open(join(bench.directory, "record"), "a");
  const agent = new Agent({ keepAlive: true });
  const times: number[] = [];
  for (let number = 0; number < PUSHES + WARM_UP; number++) {
    const startedAt = SYSTEM_CLOCK.monotonicMs();
    await chain(bench, { file, agent, status: warehouse.status, token: `bare-${startedAt}` });
    times.push(SYSTEM_CLOCK.monotonicMs() - startedAt);
  }
  agent.destroy();
  await file.close();
  return times.slice(WARM_UP);
}

interface Chain {
  readonly file: FileHandle;
  readonly agent: Agent;
  /** As Dockbell left it: the same bytes are written, but for the token. */
  readonly status: Warehouse["status"];
  readonly token: string;
}

async function chain({ api, place, registry, seen }: Bench, { file, agent, status, token }: Chain): Promise<void> {
  const repository = `${registry.host}/${REPOSITORY}`;
  await file.write(webhook(repository));
  await file.datasync();
  const asked = seen(({ metadata }) => Object.values(metadata.annotations ?? {}).includes(token));
  await api.bare.ask("PATCH", warehousePath(place), refreshPatch(token, repository, "1.0.0"));
  await asked;
  for (const path of ["tags/list", "manifests/1.0.0", "manifests/1.0.1"])
    await fetchText(`http://${registry.host}/v2/${REPOSITORY}/${path}`, agent);
  const answered = seen((warehouse) => warehouse.status?.lastHandledRefresh === token);
  const path = warehousePath(place).replace("?", "/status?");
  await api.bare.ask("PATCH", path, JSON.stringify({ status: { ...status, lastHandledRefresh: token } }));
  await answered;
}

function fetchText(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (incoming) => incoming.on("end", resolve).on("error", reject).resume()).on("error", reject);
  });
}
