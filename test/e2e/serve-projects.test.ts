// The role `projectconfig` of `dockbell serve` on a real API server, which has no webhooks to refuse what cannot work, and
// whose watches may tell late what happened. The tests build on one another.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { listReceivers } from "../../src/cli/receivers.ts";
import { NAMESPACES, type Namespace } from "../../src/resources/core.ts";
import { LEASES } from "../../src/resources/lease.ts";
import { PROJECTS, type Project } from "../../src/resources/project.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../../src/resources/project-config.ts";
import { type ApiProxy, openApiProxy } from "../support/api-proxy.ts";
import { eventually } from "../support/dockbell.ts";
import type { Replica } from "../support/replica.ts";
import { openServeDesk, PROJECT, type ServeDesk } from "../support/serve-desk.ts";

const KARGO_API = "kargo.akuity.io/v1alpha1";
const NAMESPACES_PATH = "/api/v1/namespaces";
const LEASE = { namespace: "default", name: "dockbell-projectconfig" };

let desk: ServeDesk;
let proxy: ApiProxy;
let dockbell: Replica;
before(async () => {
  desk = await openServeDesk();
  proxy = await openApiProxy(desk.api.kubeconfig);
  dockbell = desk.replica("dockbell-0", proxy.kubeconfig);
  await desk.kubectl("apply -f -", desk.manifests);
  await dockbell.start("--roles", "receiver,projectconfig");
});
after(async () => {
  await proxy?.close();
  await desk?.dispose();
});

function create(object: object): Promise<string> {
  return desk.kubectl("create -f -", JSON.stringify(object));
}

function createProject(name: string): Promise<string> {
  return create({ apiVersion: KARGO_API, kind: "Project", metadata: { name } });
}

function projectOf(name: string): Promise<Project | undefined> {
  return desk.client.get<Project>(PROJECTS, { name });
}

function namespaceOf(name: string): Promise<Namespace | undefined> {
  return desk.client.get<Namespace>(NAMESPACES, { name });
}

/** What is asked for once the leader has come so far. */
async function isMade(namespace: string): Promise<void> {
  await eventually(async () => (await namespaceOf(namespace)) !== undefined, dockbell.output);
}

test("a ProjectConfig that is not named like its namespace says so in its status, and in the list of receivers", async () => {
  const metadata = { namespace: PROJECT, name: "hooks" };
  const spec = { webhookReceivers: [{ name: "r", dockerhub: { secretRef: { name: "dh-wh-secret" } } }] };
  await create({ apiVersion: KARGO_API, kind: "ProjectConfig", metadata, spec });
  const reasonOf = async () => (await listReceivers(desk.client, PROJECT)).find(({ name }) => name === "r")?.reason;
  const reason = await reasonOf();
  const messageOf = async () => {
    const config = await desk.client.get<ProjectConfig>(PROJECT_CONFIGS, metadata);
    return config?.status?.conditions?.find(({ type, status }) => type === "Ready" && status === "False")?.message;
  };

  await eventually(async () => (await messageOf()) !== undefined, dockbell.output);

  const fault = `metadata.name: Invalid value: "hooks": name "hooks" must match project name "${PROJECT}"`;
  assert.equal(await messageOf(), `Failed to sync WebhookReceivers: ${fault}`);
  assert.deepEqual([reason, await reasonOf()], [fault, fault]);
});

test("a Project that is deleted before the watch shows its namespace takes that along", async () => {
  const begin = await proxy.holdWatch(NAMESPACES_PATH);
  await createProject("brief");
  await isMade("brief");
  await desk.kubectl("delete project brief");
  await createProject("later");
  await isMade("later");

  begin();

  await eventually(async () => (await namespaceOf("brief"))?.metadata.deletionTimestamp !== undefined, dockbell.output);
  assert.equal((await namespaceOf("later"))?.metadata.deletionTimestamp, undefined);
});

test("a Project stays whose namespace was deleted and is there again, though no watch has shown that yet", async () => {
  await createProject("back");
  await isMade("back");
  const uid = (await projectOf("back"))?.metadata.uid;
  await desk.client.mergePatch(LEASES, LEASE, { spec: { holderIdentity: "thief", leaseDurationSeconds: 3_600 } });
  await eventually(() => dockbell.output().includes("leads no longer"), dockbell.output);
  const finalized = { apiVersion: "v1", kind: "Namespace", metadata: { name: "back" }, spec: { finalizers: [] } };
  await desk.kubectl("delete namespace back --wait=false");
  await desk.kubectl(`replace --raw ${NAMESPACES_PATH}/back/finalize -f -`, JSON.stringify(finalized));
  const begin = await proxy.holdWatch(NAMESPACES_PATH);
  await create({ ...finalized, metadata: { name: "back", labels: { "kargo.akuity.io/project": "true" } } });

  await desk.client.mergePatch(LEASES, LEASE, { spec: { holderIdentity: "" } });
  for (const name of ["next", "last"]) {
    await createProject(name);
    await isMade(name);
  }
  begin();

  assert.ok(uid);
  assert.equal((await projectOf("back"))?.metadata.uid, uid);
});
