// Walks docs/kubernetes.md and docs/uninstall.md as a reader does, on a real API server. Needs helm in PATH and Go, or the
// built server in its cache.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { before, test } from "node:test";
import { startInstalled } from "../support/installed-serve.ts";
import { established, installForeignCrds, useCluster } from "../support/installing.ts";
import { type Block, blocksOf, ROOT } from "../support/pages.ts";

const INSTALL = "docs/kubernetes.md";
const UNINSTALL = "docs/uninstall.md";
const cluster = await useCluster();
const { kubectl } = cluster;
/** The clone of who reads. */
const clone = join(cluster.directory, "clone");
before(async () => {
  cpSync(join(ROOT, "deploy"), join(clone, "deploy"), { recursive: true });
  await installForeignCrds(cluster);
});

/** Nobody else here finishes a deleted namespace. */
async function finishNamespace(name: string): Promise<void> {
  const finalized = { apiVersion: "v1", kind: "Namespace", metadata: { name }, spec: { finalizers: [] } };
  await kubectl(`replace --raw /api/v1/namespaces/${name}/finalize --filename -`, JSON.stringify(finalized));
}

/** Runs the section's commands and writes its files; returns what the last block printed. */
function walk(page: string, section: string): string {
  let printed = "";
  for (const block of blocksOf(page, section)) {
    if (block.language === "yaml") write(block);
    else if (block.language === "shell") printed = run(block);
  }
  return printed;
}

/** Its first line names the file. */
function write({ text }: Block): void {
  const [, name = ""] = /^# (\S+)\n/.exec(text) ?? [];
  mkdirSync(dirname(join(clone, name)), { recursive: true });
  writeFileSync(join(clone, name), text);
}

function run({ text }: Block): string {
  const script = text.replace(/^(kubectl delete namespace .*)$/m, "$1 --wait=false");
  const { status, stdout, stderr } = spawnSync("sh", ["-ec", script], {
    cwd: clone,
    env: cluster.env,
    encoding: "utf8",
  });
  assert.equal(status, 0, `${text}${stdout}${stderr}`);
  return stdout;
}

const KEPT = "projects,projectconfigs,secrets";

test("with Helm: install, take a first webhook, expose, upgrade, uninstall", async (t) => {
  walk(INSTALL, "With Helm");
  await established(cluster, "crd projectconfigs.kargo.akuity.io");
  const serving = await startInstalled({ test: t, cluster, namespace: "dockbell" });
  const [url = ""] = walk(INSTALL, "A first receiver").match(/^https:.*$/m) ?? [];
  const answer = await fetch(url.replace("https://dockbell.example.com", serving.url), {
    method: "POST",
    body: JSON.stringify({ push_data: { tag: "1.0.0" }, repository: { repo_name: "example/app" } }),
  });
  await serving.stop();
  walk(INSTALL, "Exposing it");
  const routes = await kubectl("get ingresses,httproutes --namespace dockbell --output name");
  walk(INSTALL, "Upgrading");

  walk(UNINSTALL, "With Helm");
  const left = await kubectl("get statefulsets,services,secrets,configmaps --namespace dockbell");
  walk(UNINSTALL, "What is left");
  await finishNamespace("dockbell");

  assert.match(url, /^https:\/\/dockbell\.example\.com\/dockerhub\/[0-9a-f]{64}$/);
  assert.deepEqual([answer.status, await answer.text()], [200, '{"msg":"refreshed 0 warehouse(s)"}\n']);
  assert.equal(routes, "httproute.gateway.networking.k8s.io/dockbell\n");
  assert.equal(left, "");
  assert.match(await kubectl(`get ${KEPT} --namespace my-project --output name`), /project.*projectconfig.*secret/s);
});

// On the CRDs that the chart left.
test("with kubectl: install, take a first webhook, uninstall, and leave nothing at all", async (t) => {
  walk(INSTALL, "With kubectl");
  await established(cluster, "crd projectconfigs.kargo.akuity.io");
  const serving = await startInstalled({ test: t, cluster, namespace: "dockbell" });
  const [url = ""] = walk(INSTALL, "A first receiver").match(/^https:.*$/m) ?? [];
  await serving.stop();
  walk(UNINSTALL, "With kubectl");
  const kept = await kubectl(`get ${KEPT} --namespace my-project --output name`);

  walk(UNINSTALL, "What is left");
  walk(UNINSTALL, "The CRDs");

  assert.match(url, /^https:\/\/dockbell\.example\.com\/dockerhub\/[0-9a-f]{64}$/);
  assert.match(kept, /project.*projectconfig.*secret/s);
  const kinds =
    "all,secrets,configmaps,leases,roles,rolebindings,ingresses,poddisruptionbudgets,persistentvolumeclaims";
  assert.equal(await kubectl(`get ${kinds} --namespace dockbell`), "");
  const clusterWide = "crd,clusterroles,clusterrolebindings";
  assert.equal(await kubectl(`get ${clusterWide} --selector app.kubernetes.io/part-of=dockbell`), "");
});
