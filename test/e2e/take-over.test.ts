// Controllers over CRDs that are not ours, on a real kube-apiserver with Kargo's: `dockbell serve` refuses, unless it is to
// take over. The tests build on one another. Needs Go, or the built server in its cache.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { eventually } from "../support/dockbell.ts";
import { installKargo, kargoCrds } from "../support/kargo-installation.ts";
import { Kubectl } from "../support/kubectl.ts";
import { startRealApi } from "../support/real-api.ts";
import { createReplica } from "../support/replica.ts";

const api = await startRealApi(kargoCrds());
const kubectl = new Kubectl(api.kubeconfig, api.kubectl);
const dockbell = createReplica({
  name: "dockbell-0",
  kubeconfig: api.kubeconfig,
  baseURL: "https://dockbell.example.com",
});
after(async () => {
  await dockbell.dispose();
  kubectl.dispose();
  await api.dispose();
});

test("the controllers refuse to start over Kargo's CRDs, and say what to do", async () => {
  const code = await dockbell.fail();

  assert.equal(code, 2);
  assert.match(dockbell.output(), /these CRDs are not Dockbell's .*projectconfigs.*--roles receiver.*--take-over/);
  assert.doesNotMatch(dockbell.output(), /Webhooks arrive/);
});

test("the controllers refuse to start where they may not read whose the CRDs are, and say what to grant", async () => {
  const kubeconfig = await installKargo(kubectl, api.kubeconfig);
  const unprivileged = createReplica({ name: "dockbell-1", kubeconfig, baseURL: "https://dockbell.example.com" });

  const code = await unprivileged.fail();

  assert.equal(code, 2);
  assert.match(unprivileged.output(), /whose they are cannot be read: grant "get" on customresourcedefinitions/);
  await unprivileged.dispose();
});

test("while the API server is away webhooks are taken, and the controllers refuse once it is back", async () => {
  await api.pause();
  const failing = dockbell.fail();
  await eventually(() => dockbell.output().includes("Webhooks arrive"), dockbell.output);
  await api.resume();

  const code = await failing;

  assert.equal(code, 2);
  assert.match(dockbell.output(), /these CRDs are not Dockbell's/);
});

test("the controllers start over Kargo's CRDs when they are to take over", async () => {
  await dockbell.start("--take-over");
  await eventually(() => dockbell.output().includes("ready: "), dockbell.output);

  await dockbell.stop("SIGTERM");

  assert.match(dockbell.output(), /taking over the CRDs of others: no controller of Kargo may run/);
});

test("the role receiver alone says that it takes nothing over", async () => {
  await dockbell.start("--take-over", "--roles", "receiver");

  await dockbell.stop("SIGTERM");

  assert.match(dockbell.output(), /--take-over does nothing: the role receiver runs no controllers/);
});

test("CRDs that are not installed are named", async () => {
  await kubectl.run(["delete", "crd", "freights.kargo.akuity.io"]);
  const left = ["projects", "clusterconfigs", "projectconfigs", "warehouses"];
  const names = left.map((plural) => `crd/${plural}.kargo.akuity.io`);
  await kubectl.run(["label", ...names, "app.kubernetes.io/part-of=dockbell"]);

  const code = await dockbell.fail();

  assert.equal(code, 2);
  assert.match(dockbell.output(), /these CRDs are not installed: freights.kargo.akuity.io; apply those of Dockbell/);
});
