// The life of the CRDs: installed, upgraded, kept when the chart goes, and never put over those of somebody else.
// Needs helm in PATH and Go, or the built server in its cache.
import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CHART, established, type Manifest, manifestOf, useCluster } from "../support/installing.ts";
import { ROOT } from "../support/pages.ts";

const cluster = await useCluster();
const { kubectl, helm, attempt, directory } = cluster;
const CRDS = readdirSync(join(ROOT, "deploy", "crds")).map(
  (name) => `${name.split("_")[1]?.split(".")[0]}.kargo.akuity.io`,
);
const BASE_URL = "--set config.baseURL=https://dockbell.example.com";

before(async () => {
  for (const name of ["crds", "beside", "other"]) await kubectl(`create namespace ${name}`);
});

/** The Warehouses' CRD as somebody else wrote it: another description, none of our labels. */
async function makeForeignCrd(): Promise<void> {
  const text = readFileSync(join(ROOT, "deploy", "crds", "kargo.akuity.io_warehouses.yaml"), "utf8");
  const crd = manifestOf(described(text, "Somebody else's."));
  await kubectl("create --filename -", JSON.stringify({ ...crd, metadata: { name: crd.metadata.name } }));
}

function described(crd: string, description: string): string {
  assert.ok(crd.includes("Watches repositories"));
  return crd.replace(/Watches repositories.*/, description);
}

async function warehousesCrd(): Promise<Manifest> {
  return JSON.parse(await kubectl("get crd warehouses.kargo.akuity.io --output json")) as Manifest;
}

describe("over CRDs of somebody else", () => {
  before(makeForeignCrd);
  after(async () => {
    // One whose objects the API server cannot list yet is deleted only when it tries again, minutes later.
    for (const crd of CRDS) await attempt("kubectl", `get ${crd} --all-namespaces`);
    await kubectl(`delete crd --ignore-not-found ${CRDS.join(" ")}`);
  });

  test("installing over CRDs of somebody else is refused with what to do, and changes nothing", async () => {
    const before = await warehousesCrd();

    const { code, stderr } = await attempt("helm", `install dockbell ${CHART} --namespace crds ${BASE_URL}`);

    assert.notEqual(code, 0);
    assert.match(stderr, /CRD warehouses\.kargo\.akuity\.io in this cluster is not Dockbell's .*crds\.install=false/);
    assert.deepEqual(await warehousesCrd(), before);
    assert.equal(await kubectl("get all,secrets,configmaps --namespace crds"), "");
  });

  test("kubectl's way over CRDs of somebody else is a conflict that changes nothing", async () => {
    const before = await warehousesCrd();

    const { code, stderr } = await attempt("kubectl", "apply --server-side --kustomize deploy/kustomize/crds");

    assert.equal(code, 1);
    assert.match(stderr, /Apply failed with 1 conflict.*"kubectl-create".*\.spec\.versions/s);
    assert.deepEqual(await warehousesCrd(), before);
  });

  test("without CRDs it installs beside them", async () => {
    const before = await warehousesCrd();

    await helm(`install dockbell ${CHART} --namespace beside ${BASE_URL} --values ${CHART}/values-beside-kargo.yaml`);

    assert.deepEqual(await warehousesCrd(), before);
  });
});

test("an upgrade brings the CRDs up to date", async () => {
  const older = join(directory, "older-chart");
  cpSync(CHART, older, { recursive: true });
  const file = join(older, "files", "crds", "kargo.akuity.io_warehouses.yaml");
  writeFileSync(file, described(readFileSync(file, "utf8"), "As it was."));
  await helm(`install dockbell ${older} --namespace crds ${BASE_URL}`);
  const installed = JSON.stringify(await warehousesCrd());

  await helm(`upgrade dockbell ${CHART} --namespace crds --reuse-values`);

  assert.match(installed, /As it was\./);
  assert.doesNotMatch(JSON.stringify(await warehousesCrd()), /As it was\./);
});

test("uninstalling keeps CRDs and objects and nothing else, and installing again takes them up", async () => {
  await established(cluster, `crd ${CRDS.join(" ")}`);
  const warehouse = {
    apiVersion: "kargo.akuity.io/v1alpha1",
    kind: "Warehouse",
    metadata: { name: "app", namespace: "other" },
    spec: { subscriptions: [{ image: { repoURL: "example/app" } }] },
  };
  await kubectl("create --filename -", JSON.stringify(warehouse));

  await helm("uninstall dockbell --namespace crds");

  const kinds = "all,secrets,configmaps,serviceaccounts,poddisruptionbudgets,roles,rolebindings";
  assert.equal(await kubectl(`get ${kinds} --namespace crds`), "");
  assert.equal(
    await kubectl("get clusterroles,clusterrolebindings --selector app.kubernetes.io/instance=dockbell"),
    "",
  );
  assert.equal(await kubectl("get warehouses --namespace other --output name"), "warehouse.kargo.akuity.io/app\n");
  await helm(`install dockbell ${CHART} --namespace crds ${BASE_URL}`);
  assert.equal(await kubectl("get warehouses --namespace other --output name"), "warehouse.kargo.akuity.io/app\n");
});

test("an upgrade keeps the admin token", async () => {
  const token = () => kubectl("get secret dockbell-admin --namespace crds --output jsonpath={.data.token}");
  const before = await token();

  await helm(`upgrade dockbell ${CHART} --namespace crds --reuse-values --set replicas=2`);

  assert.match(Buffer.from(before, "base64").toString(), /^[A-Za-z0-9]{43}$/);
  assert.equal(await token(), before);
});
