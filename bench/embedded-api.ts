// The embedded API over TLS: requests per second and how soon a watch shows a change, beside those of the cluster in
// KUBECONFIG where there is one (`test/cluster/test-cluster run -- npm run bench -- embedded-api`).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectTo, findClusterAccess } from "../src/app/cluster.ts";
import { openDataDirectory } from "../src/app/data-directory.ts";
import { connectEmbedded, startEmbedded } from "../src/app/embedded.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../src/app/system.ts";
import type { KubeClient } from "../src/kube/client.ts";
import { NAMESPACES, SECRETS } from "../src/resources/core.ts";
import type { KubeObject } from "../src/resources/kube-object.ts";
import { quantile, type Report } from "./subject.ts";

interface Peer {
  readonly name: string;
  readonly client: KubeClient;
  close(): Promise<void>;
}

type Send = (client: KubeClient, number: number) => Promise<unknown>;

const ROUNDS = 3;
const SENDERS = 16;
const ROUND_MS = 1_500;
const OBJECTS = 100;
const WATCHED_CHANGES = 50;
const NAMESPACE = `bench-${process.pid}`;

const REQUESTS: Readonly<Record<string, Send>> = {
  get: (client, number) => client.get(SECRETS, keyOf(number)),
  [`list of ${OBJECTS}`]: (client) => client.list(SECRETS, { namespace: NAMESPACE }),
  "merge patch": (client, number) =>
    client.mergePatch(SECRETS, keyOf(number), { metadata: { annotations: { "example.com/n": String(number) } } }),
};

export async function benchEmbeddedApi(report: Report): Promise<void> {
  const peers = [await embedded(), ...realOne()];
  try {
    for (const { client } of peers) await fill(client);
    for (const [what, send] of Object.entries(REQUESTS)) {
      await compare(report, { what, unit: "/s", peers, measure: (client) => perSecond(client, send) });
    }
    await compare(report, { what: "watch latency, p50", unit: " ms", peers, measure: watchLatencyMs });
  } finally {
    for (const { client, close } of peers) {
      await client.delete(NAMESPACES, { name: NAMESPACE });
      await close();
    }
  }
}

/** Medians of rounds that take turns. */
async function compare(
  report: Report,
  {
    what,
    unit,
    peers,
    measure,
  }: { what: string; unit: string; peers: readonly Peer[]; measure: (client: KubeClient) => Promise<number> },
): Promise<void> {
  const values = new Map<string, number[]>(peers.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, client } of peers) values.get(name)?.push(await measure(client));
  }
  const medians = peers.map(({ name }) => ({ name, median: quantile(values.get(name) ?? [], 0.5) }));
  const [own, real] = medians;
  for (const { name, median } of medians)
    report(`${what}, ${name}`, `${median.toFixed(unit === "/s" ? 0 : 1)}${unit}`, "—");
  if (own && real) report(`${what}, embedded / kube-apiserver`, (own.median / real.median).toFixed(2), "—");
}

async function perSecond(client: KubeClient, send: Send): Promise<number> {
  const startedAt = SYSTEM_CLOCK.monotonicMs();
  let sent = 0;
  const work = async () => {
    while (SYSTEM_CLOCK.monotonicMs() - startedAt < ROUND_MS) await send(client, sent++);
  };
  await Promise.all(Array.from({ length: SENDERS }, work));
  return (sent * 1000) / (SYSTEM_CLOCK.monotonicMs() - startedAt);
}

/** From the moment a patch is sent until the watch shows it. */
async function watchLatencyMs(client: KubeClient): Promise<number> {
  const stop = new AbortController();
  const { resourceVersion } = await client.list(SECRETS, { namespace: NAMESPACE, limit: 1 });
  const events = client.watch<KubeObject>(SECRETS, { resourceVersion, timeoutSeconds: 60, signal: stop.signal });
  const seen = events[Symbol.asyncIterator]();
  const times: number[] = [];
  for (let number = 0; number < WATCHED_CHANGES; number++) {
    const sentAt = SYSTEM_CLOCK.monotonicMs();
    const token = `${sentAt}`;
    const patched = client.mergePatch(SECRETS, keyOf(number), {
      metadata: { annotations: { "example.com/t": token } },
    });
    await until(seen, token);
    times.push(SYSTEM_CLOCK.monotonicMs() - sentAt);
    await patched;
  }
  stop.abort();
  return quantile(times, 0.5);
}

async function until(seen: AsyncIterator<{ readonly kind: string; readonly object?: KubeObject }>, token: string) {
  while (true) {
    const { value, done } = await seen.next();
    if (done) throw new Error("the watch ended");
    if (value.object?.metadata.annotations?.["example.com/t"] === token) return;
  }
}

async function fill(client: KubeClient): Promise<void> {
  await client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  for (let number = 0; number < OBJECTS; number++) {
    const data = { value: Buffer.from("x".repeat(500)).toString("base64") };
    const secret = { apiVersion: "v1", kind: "Secret", metadata: keyOf(number), data };
    await client.create(SECRETS, secret);
  }
}

function keyOf(number: number): { namespace: string; name: string } {
  return { namespace: NAMESPACE, name: `s${number % OBJECTS}` };
}

async function embedded(): Promise<Peer> {
  const path = mkdtempSync(join(tmpdir(), "bench-"));
  const directory = openDataDirectory(path);
  const api = await startEmbedded({
    directory,
    clock: SYSTEM_CLOCK,
    random: SYSTEM_RANDOM,
    userAgent: "bench",
    onError: (error) => {
      throw error;
    },
  });
  const { client, close } = connectEmbedded(path, { userAgent: "bench" });
  return {
    name: "embedded",
    client,
    async close() {
      close();
      await api.close(0);
      directory.release();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function realOne(): readonly Peer[] {
  if (!process.env["KUBECONFIG"]) return [];
  const access = findClusterAccess({ env: process.env });
  const { client, close } = connectTo(access, { env: process.env, userAgent: "bench", log: () => {} });
  return [{ name: "kube-apiserver", client, close: async () => close() }];
}
