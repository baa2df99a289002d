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
before(async () => {
  desk = await openServeDesk();
  await desk.kubectl("apply -f -", desk.manifests);
  await desk.kubectl(`create serviceaccount getter -n ${PROJECT}`);
  await desk.kubectl(`create role getter -n ${PROJECT} --verb get --resource warehouses.kargo.akuity.io`);
  await desk.kubectl(`create rolebinding getter -n ${PROJECT} --role getter --serviceaccount ${PROJECT}:getter`);
  const kubectl = new Kubectl(desk.api.kubeconfig, desk.api.kubectl);
  getter = await writeAccountKubeconfig(kubectl, desk.api.kubeconfig, { namespace: PROJECT, name: "getter" });
  kubectl.dispose();
});
after(() => desk?.dispose());

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
