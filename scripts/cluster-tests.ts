// `npm run test:cluster`: the contract of the Kubernetes API on a real one too. It is the one of KUBECONFIG, or a server of
// test/cluster that is started for the run. CRDs that are missing are made and taken away again.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { connectTo, findClusterAccess } from "../src/app/cluster.ts";
import { SYSTEM_CLOCK } from "../src/app/system.ts";
import { KubeError } from "../src/errors.ts";
import type { KubeClient } from "../src/kube/client.ts";
import { CUSTOM_RESOURCE_DEFINITIONS } from "../src/resources/custom-resource-definition.ts";
import { KARGO_KINDS } from "../src/resources/kinds.ts";
import type { KubeObject } from "../src/resources/kube-object.ts";
import type { Resource } from "../src/resources/resource.ts";

const ROOT = join(import.meta.dirname, "..");
const SERVED_WITHIN_MS = 30_000;

const kubeconfig = process.env["KUBECONFIG"];
process.exitCode = kubeconfig ? await testCluster(kubeconfig) : testNewCluster();

function testNewCluster(): number {
  const again = [process.execPath, import.meta.filename];
  return run(join(ROOT, "test", "cluster", "test-cluster"), ["run", "--", ...again]);
}

async function testCluster(path: string): Promise<number> {
  const access = findClusterAccess({ env: process.env, kubeconfig: path });
  const log = (line: string) => process.stderr.write(`${line}\n`);
  const { client, close } = connectTo(access, { env: process.env, userAgent: "dockbell-test", log });
  const made = await makeCrds(client);
  try {
    const tests = globSync("test/contract/kube-*.test.ts", { cwd: ROOT });
    return run(process.execPath, ["--test", "--test-isolation=none", "--test-reporter=spec", ...tests]);
  } finally {
    for (const name of made) await client.delete(CUSTOM_RESOURCE_DEFINITIONS, { name });
    close();
  }
}

/** The names of those that were missing. */
async function makeCrds(client: KubeClient): Promise<readonly string[]> {
  const made: string[] = [];
  for (const file of globSync("deploy/crds/*.yaml", { cwd: ROOT })) {
    const crd = load(readFileSync(join(ROOT, file), "utf8")) as KubeObject;
    if (await client.get(CUSTOM_RESOURCE_DEFINITIONS, { name: crd.metadata.name })) continue;
    await client.create(CUSTOM_RESOURCE_DEFINITIONS, crd);
    made.push(crd.metadata.name);
  }
  for (const { resource } of KARGO_KINDS) await served(client, resource);
  return made;
}

async function served(client: KubeClient, resource: Resource): Promise<void> {
  const deadline = SYSTEM_CLOCK.monotonicMs() + SERVED_WITHIN_MS;
  while (true) {
    try {
      await client.list(resource, { limit: 1 });
      return;
    } catch (error) {
      const isOver = SYSTEM_CLOCK.monotonicMs() > deadline;
      if (!(error instanceof KubeError) || error.status !== 404 || isOver) throw error;
      await SYSTEM_CLOCK.sleep(100);
    }
  }
}

function run(command: string, args: readonly string[]): number {
  const env = { ...process.env, CLUSTER_TESTS: "1" };
  return spawnSync(command, args, { cwd: ROOT, stdio: "inherit", env }).status ?? 1;
}
