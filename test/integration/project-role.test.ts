// The small controllers on the embedded API: what they write is read back from the server.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { CLUSTER_CONFIGS, type ClusterConfig } from "../../src/resources/cluster-config.ts";
import { NAMESPACES, type Namespace, SECRETS, type Secret } from "../../src/resources/core.ts";
import { PROJECTS, type Project } from "../../src/resources/project.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../../src/resources/project-config.ts";
import { eventually } from "../support/dockbell.ts";
import { API_VERSION, openProjectDesk, PROJECT_LABELS } from "../support/project-desk.ts";

const desk = await openProjectDesk();
const { client, createNamespace, createProject, project, namespaceOf } = desk;
const endTerm = desk.lead();
after(async () => {
  await endTerm();
  await desk.dispose();
});

const READY = "ProjectConfig is synced and ready for use";
async function createSecret(namespace: string, value: string): Promise<void> {
  const data = { secret: Buffer.from(value).toString("base64") };
  await client.create<Secret>(SECRETS, { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace }, data });
}

async function becomes(claim: () => Promise<boolean>, what: string): Promise<void> {
  await eventually(claim, () => what);
}

const readyOf = (object: { status?: Project["status"] } | undefined) =>
  object?.status?.conditions?.find(({ type }) => type === "Ready");

test("a ProjectConfig's URL follows its Secret at once: created, changed and deleted", async () => {
  const key = { namespace: "p", name: "p" };
  const read = async () => (await client.get<ProjectConfig>(PROJECT_CONFIGS, key))?.status;
  const url = async () => (await read())?.webhookReceivers?.[0]?.url;
  await createNamespace("p", PROJECT_LABELS);
  const spec = { webhookReceivers: [{ name: "r", dockerhub: { secretRef: { name: "s" } } }] };
  await client.create<ProjectConfig>(PROJECT_CONFIGS, {
    apiVersion: API_VERSION,
    kind: "ProjectConfig",
    metadata: key,
    spec,
  });
  await becomes(async () => readyOf({ status: await read() })?.status === "False", "the missing Secret is told");

  await createSecret("p", "one");
  await becomes(async () => (await url()) !== undefined, "the URL is published");
  const first = await url();
  await client.mergePatch(SECRETS, { namespace: "p", name: "s" }, { data: { secret: "dHdv" } });
  await becomes(async () => (await url()) !== first, "the URL changes");
  await client.delete(SECRETS, { namespace: "p", name: "s" });
  await becomes(async () => (await url()) === undefined, "the URL is taken back");

  assert.match(readyOf({ status: await read() })?.message ?? "", /secrets "s" not found$/);
});

test("receivers that share a URL say so in each of their ProjectConfigs, until one of them has another", async () => {
  // Their names and projects are one text when written one behind the other, and that is what makes a URL.
  const [first, second] = [
    { namespace: "ab", name: "ab" },
    { namespace: "a", name: "a" },
  ];
  const messageOf = async (key: { namespace: string; name: string }) =>
    readyOf({ status: (await client.get<ProjectConfig>(PROJECT_CONFIGS, key))?.status })?.message ?? "";
  for (const [key, name] of [
    [first, "c"],
    [second, "bc"],
  ] as const) {
    await createNamespace(key.namespace, PROJECT_LABELS);
    await createSecret(key.namespace, "same");
    const spec = { webhookReceivers: [{ name, dockerhub: { secretRef: { name: "s" } } }] };
    const meta = { apiVersion: API_VERSION, kind: "ProjectConfig", metadata: key };
    await client.create<ProjectConfig>(PROJECT_CONFIGS, { ...meta, spec });
  }
  const areTold = async () => (await messageOf(first)) !== READY && (await messageOf(second)) !== READY;
  await becomes(areTold, "both tell of it");
  const told = [await messageOf(first), await messageOf(second)];

  await client.mergePatch(SECRETS, { namespace: "a", name: "s" }, { data: { secret: "dHdv" } });
  await becomes(async () => (await messageOf(first)) === READY, "the first is ready again");

  const why = "another receiver has the same URL, and no webhook reaches this one: give it another Secret";
  assert.deepEqual(told, [
    `Failed to sync WebhookReceivers: error syncing WebhookReceiver "c": ${why}`,
    `Failed to sync WebhookReceivers: error syncing WebhookReceiver "bc": ${why}`,
  ]);
  assert.equal(await messageOf(second), READY);
});

test("the ClusterConfig takes its Secrets from the system's namespace", async () => {
  await createNamespace("system", {});
  const spec = { webhookReceivers: [{ name: "r", dockerhub: { secretRef: { name: "s" } } }] };
  const metadata = { name: "cluster" };
  await client.create<ClusterConfig>(CLUSTER_CONFIGS, {
    apiVersion: API_VERSION,
    kind: "ClusterConfig",
    metadata,
    spec,
  });
  const read = () => client.get<ClusterConfig>(CLUSTER_CONFIGS, metadata);
  await becomes(async () => readyOf(await read())?.status === "False", "the missing Secret is told");
  const missing = readyOf(await read())?.message;

  await createSecret("system", "one");
  await becomes(async () => readyOf(await read())?.status === "True", "the URL is published");

  assert.match(missing ?? "", /^Failed to sync webhook receivers: .* namespace "system": Secret "s" not found$/);
  assert.equal(readyOf(await read())?.message, "ClusterConfig is synced and ready for use");
});

test("a Project gets its namespace, without a finalizer, and the namespace goes with it", async () => {
  await createProject("made");
  await becomes(async () => readyOf(await project("made"))?.status === "True", "the Project is ready");
  const made = await namespaceOf("made");
  const status = (await project("made"))?.status;

  await client.delete(PROJECTS, { name: "made" });
  await becomes(async () => (await namespaceOf("made")) === undefined, "the namespace is gone");

  assert.equal(made?.metadata.labels?.["kargo.akuity.io/project"], "true");
  assert.equal(made?.metadata.finalizers, undefined);
  assert.deepEqual(status?.stats, { stages: { health: {} }, warehouses: { health: {} } });
});

test("a namespace that is to be kept outlives its Project", async () => {
  await createProject("kept", { "kargo.akuity.io/keep-namespace": "true" });
  await createProject("other");
  await becomes(async () => readyOf(await project("other"))?.status === "True", "the Projects are ready");

  await client.delete(PROJECTS, { name: "kept" });
  await client.delete(PROJECTS, { name: "other" });
  await becomes(async () => (await namespaceOf("other")) === undefined, "the other namespace is gone");

  assert.ok(await namespaceOf("kept"));
});

test("a Project goes with its namespace", async () => {
  await createProject("pair");
  await becomes(async () => readyOf(await project("pair"))?.status === "True", "the Project is ready");

  await client.delete(NAMESPACES, { name: "pair" });

  await becomes(async () => (await project("pair")) === undefined, "the Project is gone");
});

test("a namespace that loses the label stalls its Project until it is labelled again", async () => {
  await createNamespace("foreign", PROJECT_LABELS);
  await createProject("foreign");
  await becomes(async () => readyOf(await project("foreign"))?.status === "True", "the Project is ready");
  const labels = { "kargo.akuity.io/project": null };
  await client.mergePatch(NAMESPACES, { name: "foreign" }, { metadata: { labels } });
  await becomes(async () => readyOf(await project("foreign"))?.status === "False", "the Project is not ready");
  const stalled = (await project("foreign"))?.status?.conditions ?? [];

  await client.mergePatch(NAMESPACES, { name: "foreign" }, { metadata: { labels: PROJECT_LABELS } });
  await becomes(async () => readyOf(await project("foreign"))?.status === "True", "the Project is ready");

  assert.deepEqual(
    stalled.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
    ["Ready False EnsuringNamespaceFailed", "Reconciling True Syncing", "Stalled True ExistingNamespaceMissingLabel"],
  );
  assert.equal((await project("foreign"))?.status?.conditions?.length, 1);
});

test("what Kargo holds back with its finalizer is let go", async () => {
  const finalizers = ["kargo.akuity.io/finalizer"];
  const metadata = { name: "left", finalizers };
  await client.create<Namespace>(NAMESPACES, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { ...metadata, labels: PROJECT_LABELS },
  });
  await client.create<Project>(PROJECTS, { apiVersion: API_VERSION, kind: "Project", metadata });

  await client.delete(PROJECTS, { name: "left" });

  await becomes(async () => (await project("left")) === undefined, "the Project is gone");
  await becomes(async () => (await namespaceOf("left")) === undefined, "the namespace is gone");
});
