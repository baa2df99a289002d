// `dockbell serve --roles receiver` on a real kube-apiserver with Kargo's CRDs, as an account of its own that has exactly
// the rights in the table of docs/beside-kargo.md. No controller of Kargo's runs. The tests build on one another. Needs Go,
// or the built server in its cache.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { DeliverySummary } from "../../src/deliveries/told-delivery.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../../src/resources/project-config.ts";
import { WAREHOUSES } from "../../src/resources/warehouse.ts";
import { eventually } from "../support/dockbell.ts";
import { passProjectConfig } from "../support/kargo-controllers.ts";
import { apply, connectAsKargo, kargoCrds } from "../support/kargo-installation.ts";
import { type Account, apiOf, writeAccountKubeconfig, writeKubeconfigFor } from "../support/kubeconfig.ts";
import { Kubectl } from "../support/kubectl.ts";
import { binding, clusterRole, rightsBesideKargo, rule } from "../support/rbac.ts";
import { startRealApi } from "../support/real-api.ts";
import { payload } from "../support/receiving.ts";
import { startRecordingApi } from "../support/recording-api.ts";
import { createReplica, type Replica } from "../support/replica.ts";

const KARGO = "kargo.akuity.io";
const BASE_URL = "https://kargo.example.com/webhooks";
const PROJECT = "demo";
const ACCOUNT: Account = { namespace: "dockbell", name: "dockbell" };
const WEBHOOKS = 50;

const api = await startRealApi(kargoCrds());
const kubectl = new Kubectl(api.kubeconfig, api.kubectl);
const kargo = connectAsKargo(api.kubeconfig);
const recording = await startRecordingApi(apiOf(api.kubeconfig));
const replicas: Replica[] = [];
let kubeconfig = "";
let dockbell: Replica;
let path = "";

before(async () => {
  const namespace = (name: string, labels = {}) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels },
  });
  await apply(kubectl, [namespace(PROJECT, { [`${KARGO}/project`]: "true" }), namespace(ACCOUNT.namespace)]);
  await apply(kubectl, [{ apiVersion: "v1", kind: "ServiceAccount", metadata: ACCOUNT }]);
  await grantRightsOfPage();
  await publishReceiver();
  await applyWarehouse("app", "^1.0.0");
  kubeconfig = writeKubeconfigFor(recording, await writeAccountKubeconfig(kubectl, api.kubeconfig, ACCOUNT));
  dockbell = await start("dockbell-0");
});
after(async () => {
  for (const replica of replicas) await replica.dispose();
  await recording.close();
  kargo.close();
  kubectl.dispose();
  await api.dispose();
});

/** Secrets in the Project alone. */
async function grantRightsOfPage(): Promise<void> {
  const rights = rightsBesideKargo();
  const ofKargo = rights.filter(({ resources }) => !resources.includes("secrets"));
  const ofSecrets = rights.filter(({ resources }) => resources.includes("secrets"));
  await apply(kubectl, [
    clusterRole(
      "dockbell",
      ofKargo.map(({ verbs, resources }) => rule(KARGO, resources, verbs)),
    ),
    clusterRole(
      "dockbell-secrets",
      ofSecrets.map(({ verbs, resources }) => rule("", resources, verbs)),
    ),
    binding("dockbell", ACCOUNT),
    binding("dockbell-secrets", ACCOUNT, PROJECT),
  ]);
}

/** As Kargo's controller publishes it. */
async function publishReceiver(): Promise<void> {
  const metadata = { namespace: PROJECT, name: PROJECT };
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { namespace: PROJECT, name: "s" } };
  const spec = { webhookReceivers: [{ name: "dh", dockerhub: { secretRef: { name: "s" } } }] };
  await apply(kubectl, [
    { ...secret, stringData: { secret: "a-secret" } },
    { apiVersion: `${KARGO}/v1alpha1`, kind: "ProjectConfig", metadata, spec },
  ]);
  await passProjectConfig(kargo.client, PROJECT, BASE_URL);
  const config = await kargo.client.get<ProjectConfig>(PROJECT_CONFIGS, metadata);
  path = config?.status?.webhookReceivers?.[0]?.path ?? "";
}

async function applyWarehouse(name: string, constraint: string): Promise<void> {
  const subscriptions = [{ image: { repoURL: "example/app", imageSelectionStrategy: "SemVer", constraint } }];
  const spec = { interval: "5m0s", subscriptions };
  const metadata = { namespace: PROJECT, name };
  await apply(kubectl, [{ apiVersion: `${KARGO}/v1alpha1`, kind: "Warehouse", metadata, spec }]);
}

/** Resolves when it takes webhooks. */
async function start(name: string): Promise<Replica> {
  const replica = createReplica({ name, kubeconfig, baseURL: BASE_URL });
  replicas.push(replica);
  await replica.start("--roles", "receiver");
  await eventually(
    async () => (await replica.post(path, payload("example/other", "1.0.0"))).status === 200,
    replica.output,
    50,
  );
  return replica;
}

function push(tag: string, at = path) {
  return dockbell.post(at, payload("example/app", tag));
}

async function newestDelivery(): Promise<DeliverySummary> {
  const { text } = await dockbell.admin("/api/v1/deliveries?limit=1");
  const [delivery] = (JSON.parse(text) as { readonly deliveries: readonly DeliverySummary[] }).deliveries;
  assert.ok(delivery);
  return delivery;
}

const REFRESHED = { status: 200, text: '{"msg":"refreshed 1 warehouse(s)"}\n' };

test("a push is refreshed whether a proxy strips the base URL's path or not, and waits for Kargo's controller", async () => {
  const kept = await push("1.0.0");
  const stripped = await push("1.0.1", path.replace("/webhooks", ""));

  assert.deepEqual([kept, stripped], [REFRESHED, REFRESHED]);
  await eventually(async () => (await newestDelivery()).targets[0]?.state === "refreshed", dockbell.output);
});

test("a Warehouse whose constraint is none keeps no other from being refreshed", async () => {
  await push("latest");
  await applyWarehouse("bad", "not a constraint");
  await eventually(() => /demo\/bad: its selector cannot be built: /.test(dockbell.output()), dockbell.output);

  const answer = await push("1.1.0");

  assert.deepEqual(answer, REFRESHED);
});

test("no Secret is read because a webhook came", async () => {
  let reads = 0;
  recording.before = async (used) => {
    if (used === "get secrets") reads += 1;
  };

  for (let sent = 0; sent < WEBHOOKS; sent += 1) await push("1.2.0", sent % 2 === 0 ? path : `${path}x`);

  // The one that falls due every 10 s.
  assert.ok(reads <= 1, `${reads}`);
});

test("while the API server stands still a push is answered 202, and its Warehouse is refreshed once it is back", async () => {
  await api.pause();
  const answer = await push("1.3.0");
  const open = await newestDelivery();
  await api.resume();

  assert.deepEqual([answer.status, open.targets], [202, []]);
  await eventually(async () => (await newestDelivery()).targets[0]?.state === "refreshed", dockbell.output);
});

test("the rights in the table are all that it asks for, and it uses each of them", async () => {
  await applyWarehouse("gone", "^2.0.0");
  recording.before = async (used, target) => {
    if (used === "patch warehouses" && target.includes("/gone?"))
      await kargo.client.delete(WAREHOUSES, { namespace: PROJECT, name: "gone" });
  };
  await eventually(
    async () => {
      await push("2.0.0");
      return (await newestDelivery()).targets.some(({ name }) => name === "gone");
    },
    dockbell.output,
    100,
  );
  await eventually(() => recording.used().includes("get warehouses"), dockbell.output);

  const rights = rightsBesideKargo().flatMap(({ verbs, resources }) =>
    verbs.flatMap((verb) => resources.map((resource) => `${verb} ${resource}`)),
  );
  assert.deepEqual(recording.used(), ["create selfsubjectaccessreviews", ...rights].toSorted());
  assert.deepEqual(recording.forbidden(), []);
});

test("without any right on Secrets, and without that to ask for its rights, a push to the published URL is refreshed", async () => {
  const roles = ["rolebinding/dockbell-secrets", "clusterrolebinding/system:basic-user"];
  for (const role of roles) await kubectl.run(["delete", role, "--namespace", PROJECT]);

  const fresh = await start("dockbell-1");
  const answer = await fresh.post(path, payload("example/app", "1.4.0"));

  assert.deepEqual(answer, REFRESHED);
  assert.match(
    fresh.output(),
    /cannot ask whether secrets may be watched \(.* cannot create resource "selfsubjectaccessreviews" .*\): those of receivers are read one by one/,
  );
});
