// The commands on a real API server: with few rights, and while it is frozen. The tests build on one another.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import { MAIN } from "../support/dockbell.ts";
import { writeAccountKubeconfig } from "../support/kubeconfig.ts";
import { Kubectl } from "../support/kubectl.ts";
import { openServeDesk, PROJECT, type ServeDesk } from "../support/serve-desk.ts";

let desk: ServeDesk;
/** Of an account that may get the project's Warehouses, and nothing else. */
let getter = "";
/** Of one that may list them, and nothing else. */
let lister = "";
before(async () => {
  desk = await openServeDesk();
  await desk.kubectl("apply -f -", desk.manifests);
  getter = await accountFor("get");
  lister = await accountFor("list");
});
after(() => desk?.dispose());

/** Who may do that to Warehouses. */
async function accountFor(verb: string): Promise<string> {
  const name = `may-${verb}`;
  await desk.kubectl(`create serviceaccount ${name} -n ${PROJECT}`);
  await desk.kubectl(`create role ${name} -n ${PROJECT} --verb ${verb} --resource warehouses.kargo.akuity.io`);
  await desk.kubectl(`create rolebinding ${name} -n ${PROJECT} --role ${name} --serviceaccount ${PROJECT}:${name}`);
  const kubectl = new Kubectl(desk.api.kubeconfig, desk.api.kubectl);
  const kubeconfig = await writeAccountKubeconfig(kubectl, desk.api.kubeconfig, { namespace: PROJECT, name });
  kubectl.dispose();
  return kubeconfig;
}

function run(kubeconfig: string, line: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...line.split(" ")], {
    encoding: "utf8",
    env: { ...process.env, KUBECONFIG: kubeconfig },
  });
  return { code: status, output: stdout + stderr };
}

test("a Warehouse is waited for with the right to get it alone", () => {
  const named = run(getter, `wait ${PROJECT}/app --tag 1.0.0 --timeout 0s`);
  const inNamespace = run(getter, `wait app -n ${PROJECT} --tag 1.0.0 --timeout 0s`);
  const missing = run(getter, `wait ${PROJECT}/other --tag 1.0.0`);

  for (const { code, output } of [named, inNamespace]) {
    assert.equal(code, 3);
    assert.match(output, /1\.0\.0 was not discovered within 0s; my-project\/app: NotReconciled/);
  }
  assert.deepEqual(missing, { code: 2, output: "dockbell: there is no Warehouse my-project/other\n" });
});

test("status shows the Warehouses where the right to list receivers is missing, and says so", () => {
  const { code, output } = run(lister, `status -n ${PROJECT}`);

  assert.equal(code, 1);
  assert.match(output, /\nReceivers\n .*cannot list resource "projectconfigs".* in the namespace "my-project"\n/);
  assert.match(output, /\nWarehouses \(1, 1 not ready\)\n.*\n +my-project\/app +Unknown/);
  assert.match(output, /\ndockbell: not all could be had: receivers\n$/);
});

test("a frozen API server is given up when a command's time is over, and named", async () => {
  await desk.api.pause();
  const waited = run(desk.api.kubeconfig, "wait app --tag 1.0.0 --timeout 3s");
  const listed = run(desk.api.kubeconfig, "receivers list --request-timeout 2s");
  const status = run(desk.api.kubeconfig, "status --request-timeout 2s");
  await desk.api.resume();

  assert.deepEqual(waited, {
    code: 3,
    output: "dockbell: 1.0.0 was not discovered within 3s; app: the API server did not answer\n",
  });
  for (const { code, output } of [listed, status]) {
    assert.equal(code, 1);
    assert.match(output, /^dockbell: the API server did not answer \(GET https:.*: no \w+ within 2 s\): --request-/);
  }
});
