// `npm run bench`: what the goals are about, as ratios within one run where a machine's speed would show.
// Rounds are interleaved, because the machines are noisy; medians are printed beside the goals.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SYSTEM_CLOCK } from "../src/app/system.ts";
import { dockerHubPayload } from "../src/cli/payload.ts";
import { readBody } from "../src/http/message.ts";
import { pushImage } from "../src/localregistry/push-image.ts";
import { PROJECT_CONFIGS, type ProjectConfig, WAREHOUSES, type Warehouse } from "../src/resources/kargo.ts";
import { createDockbell, type Dockbell, eventually } from "../test/support/dockbell.ts";

const ROUNDS = 5;
const PUSHES = 40;
const APP = { namespace: "kargo-demo", name: "app" };
const PORT = 17_000 + (process.pid % 1_000);

function report(what: string, value: string, goal: string): void {
  process.stdout.write(`${what.padEnd(52)} ${value.padEnd(24)} goal ${goal}\n`);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

async function outputOf(child: ChildProcess): Promise<string> {
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    text += chunk;
  });
  await once(child, "close");
  return text;
}

async function load(url: string, body: string): Promise<number> {
  const generator = spawn(process.execPath, [join(import.meta.dirname, "load.ts"), url, body, "64", "2"]);
  return (JSON.parse(await outputOf(generator)) as { perSecond: number }).perSecond;
}

async function receiverURL(dockbell: Dockbell): Promise<string> {
  const config = await dockbell.client.get<ProjectConfig>(PROJECT_CONFIGS, { ...APP, name: "kargo-demo" });
  return config?.status?.webhookReceivers?.[0]?.url ?? "";
}

async function benchStart(dockbell: Dockbell): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = SYSTEM_CLOCK.monotonicMs();
    await dockbell.start("--example", "--listen", `127.0.0.1:${PORT}`, "--answer-within", "0s");
    times.push(SYSTEM_CLOCK.monotonicMs() - startedAt);
    if (round < ROUNDS - 1) await dockbell.stop("SIGINT");
  }
  report("start to ready, p50", `${Math.round(quantile(times, 0.5))} ms`, "< 1000 ms");
}

async function benchDiscovery(dockbell: Dockbell): Promise<void> {
  const { transport } = dockbell.network;
  const host = `127.0.0.1:${readFileSync(join(dockbell.directory, "registry-port"), "utf8")}`;
  const url = await receiverURL(dockbell);
  const times: number[] = [];
  for (let patch = 0; patch < PUSHES; patch++) {
    const tag = `1.9.${patch}`;
    const createdAt = new Date(SYSTEM_CLOCK.now()).toISOString();
    const repository = "kargo-demo/app";
    const { mediaType } = await pushImage({ transport, origin: `http://${host}`, repository, tag, createdAt });
    const payload = { repository: `${host}/${repository}`, tag, mediaType, pushedAt: 0 };
    const body = Buffer.from(dockerHubPayload(payload));
    const startedAt = SYSTEM_CLOCK.monotonicMs();
    const headers = { "content-length": String(body.length) };
    await readBody((await transport({ method: "POST", url, headers, body })).body, 10_000);
    await eventually(async () => (await newestTag(dockbell)) === tag, dockbell.output, 1);
    // The first twenty fill the kept tags.
    if (patch >= 20) times.push(SYSTEM_CLOCK.monotonicMs() - startedAt);
  }
  report("POST to discovered, 20 tags kept, p50", `${quantile(times, 0.5).toFixed(1)} ms`, "< 50 ms (Kargo 3640 ms)");
  report("POST to discovered, 20 tags kept, p99", `${quantile(times, 0.99).toFixed(1)} ms`, "—");
}

async function newestTag(dockbell: Dockbell): Promise<string | undefined> {
  const warehouse = await dockbell.client.get<Warehouse>(WAREHOUSES, APP);
  return warehouse?.status?.discoveredArtifacts?.images?.[0]?.references[0]?.tag;
}

/** A repository nobody subscribes to: what is measured is the way to the durable record and back. */
async function benchReceiver(dockbell: Dockbell): Promise<void> {
  const body = dockerHubPayload({ repository: "example/app", tag: "1.0.0", mediaType: "", pushedAt: 0 });
  const bare = spawn(process.execPath, [join(import.meta.dirname, "bare-server.ts")]);
  const [port] = (await once(bare.stdout, "data")) as [Buffer];
  const url = await receiverURL(dockbell);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const bareRate = await load(`http://127.0.0.1:${port}/`, body);
    ratios.push((await load(url, body)) / bareRate);
  }
  bare.kill();
  report("receiver with durable record / bare node:http", quantile(ratios, 0.5).toFixed(2), "≥ 0.40");
}

function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
}

const dockbell = createDockbell();
try {
  await benchStart(dockbell);
  await SYSTEM_CLOCK.sleep(2_000);
  report("resident memory, idle with the example", `${Math.round(residentMegabytes(dockbell.pid()))} MB`, "< 120 MB");
  await benchDiscovery(dockbell);
  report("resident memory, after the discoveries", `${Math.round(residentMegabytes(dockbell.pid()))} MB`, "< 120 MB");
  await benchReceiver(dockbell);
} finally {
  await dockbell.dispose();
}
