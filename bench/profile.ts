// Where a running Dockbell's time goes: while it takes webhooks as fast as it can, and while it discovers pushes. Read
// from the CPU profiles that Node writes; they are kept, for Chrome's DevTools or any other viewer of them.
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dockerHubPayload } from "../src/cli/payload.ts";
import { apiVersionOf } from "../src/resources/resource.ts";
import { WAREHOUSES, type Warehouse } from "../src/resources/warehouse.ts";
import { type Dockbell, eventually } from "../test/support/dockbell.ts";
import { BENCH_REPOSITORY, type Push, withBenchRegistry } from "./discovery.ts";
import { receiverURL, withExample } from "./example.ts";
import { type CpuProfile, timeByPart } from "./profile-parts.ts";
import { load } from "./receiver.ts";
import type { Report } from "./subject.ts";

const WARM_UP_SECONDS = "3";
const LOAD_SECONDS = "4";
const KEPT = 20;
const WARM_UP_PUSHES = 20;
const PUSHES = 60;
const SAMPLE_EVERY_US = "200";
const NAME = { namespace: "kargo-demo", name: "profiled" };

export async function benchProfile(report: Report): Promise<void> {
  await profiled("webhooks", report, async (dockbell, begin) => {
    const url = await receiverURL(dockbell);
    const body = dockerHubPayload({ repository: "example/app", tag: "1.0.0", mediaType: "", pushedAt: 0 });
    await load(url, body, WARM_UP_SECONDS);
    begin();
    await load(url, body, LOAD_SECONDS);
  });
  await withBenchRegistry(async ({ host }, push) => {
    for (let patch = 0; patch < KEPT; patch++) await push(`1.0.${patch}`);
    await profiled("discovery", report, async (dockbell, begin) => {
      await subscribe(dockbell, `${host}/${BENCH_REPOSITORY}`);
      for (let patch = 0; patch < WARM_UP_PUSHES + PUSHES; patch++) {
        if (patch === WARM_UP_PUSHES) begin();
        await discover({ dockbell, push, repository: `${host}/${BENCH_REPOSITORY}`, tag: `1.1.${patch}` });
      }
    });
  });
}

/** `work` calls `begin` once it is warm: what was before does not count. */
async function profiled(
  name: string,
  report: Report,
  work: (dockbell: Dockbell, begin: () => void) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), `dockbell-profile-${name}-`));
  const flags = ["--cpu-prof", `--cpu-prof-dir=${directory}`, `--cpu-prof-interval=${SAMPLE_EVERY_US}`];
  let begunAtUs = 0;
  await withExample(async (dockbell) => {
    await work(dockbell, () => {
      // The profile's clock is this one's.
      begunAtUs = Number(process.hrtime.bigint() / 1000n);
    });
    await dockbell.stop("SIGINT");
  }, flags);
  const shares = timeByPart(mainThreadProfile(directory), begunAtUs);
  for (const { part, share } of shares) report(`${name}: ${part}`, `${(share * 100).toFixed(0)} %`, "—");
  process.stdout.write(`profiles in ${directory}\n`);
}

/** The thread of the checkpoints has the other one. */
function mainThreadProfile(directory: string): CpuProfile {
  const profiles = readdirSync(directory).map((file) => readFileSync(join(directory, file), "utf8"));
  const largest = profiles.toSorted((a, b) => b.length - a.length)[0] ?? "";
  return JSON.parse(largest) as CpuProfile;
}

/** Resolves after the first scan: a tag that it had found already would be waited for to change. */
async function subscribe({ client, output }: Dockbell, repoURL: string): Promise<void> {
  const spec = { interval: "1h", subscriptions: [{ image: { repoURL } }] };
  const [apiVersion, kind] = [apiVersionOf(WAREHOUSES), WAREHOUSES.kind];
  await client.create(WAREHOUSES, { apiVersion, kind, metadata: NAME, spec } as unknown as Warehouse);
  const status = async () => (await client.get<Warehouse>(WAREHOUSES, NAME))?.status;
  await eventually(async () => (await status())?.discoveredArtifacts !== undefined, output);
}

/** Waits for the line in the log: to ask the API would be part of the profile. */
async function discover(of: {
  readonly dockbell: Dockbell;
  readonly push: Push;
  readonly repository: string;
  readonly tag: string;
}): Promise<void> {
  const { dockbell, push, repository, tag } = of;
  const mediaType = await push(tag);
  const body = Buffer.from(dockerHubPayload({ repository, tag, mediaType, pushedAt: 0 }));
  const headers = { "content-length": String(body.length) };
  await dockbell.network.transport({ method: "POST", url: await receiverURL(dockbell), headers, body });
  await eventually(() => dockbell.output().includes(`${tag} → `), dockbell.output, 2);
}
