// `dockbell serve --roles receiver` beside Kargo, on a real kube-apiserver with Kargo's CRDs, as the account of Kargo's
// webhook server with exactly its rights. The test plays Kargo's controllers. Needs Go, or the built server in its cache.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { SYSTEM_CLOCK } from "../../src/app/system.ts";
import { findReceiverURL } from "../../src/cli/find-receiver.ts";
import { listReceivers } from "../../src/cli/receivers.ts";
import { SECRETS } from "../../src/resources/core.ts";
import type { KubeObject } from "../../src/resources/kube-object.ts";
import { WAREHOUSES, type Warehouse } from "../../src/resources/warehouse.ts";
import { eventually } from "../support/dockbell.ts";
import { passProjectConfig, playWarehouses } from "../support/kargo-controllers.ts";
import {
  apply,
  connectAsKargo,
  createProject,
  grantSecrets,
  installKargo,
  kargoCrds,
} from "../support/kargo-installation.ts";
import { Kubectl } from "../support/kubectl.ts";
import { rightsBesideKargo } from "../support/rbac.ts";
import { startRealApi } from "../support/real-api.ts";
import { payload } from "../support/receiving.ts";
import { createReplica, type Replica } from "../support/replica.ts";

const KARGO_API = "kargo.akuity.io/v1alpha1";
const BASE_URL = "https://kargo.example.com/webhooks";
const REFRESH = "kargo.akuity.io/refresh";
const APP = { namespace: "demo", name: "app" };

const api = await startRealApi(kargoCrds());
const kubectl = new Kubectl(api.kubeconfig, api.kubectl);
const { client, close } = connectAsKargo(api.kubeconfig);
const stop = new AbortController();
const kargo = playWarehouses(client, stop.signal);
let account = "";
/** As Kargo's webhook server. */
let dockbell: Replica;
/** As an administrator. */
const privileged = createReplica({ name: "privileged", kubeconfig: api.kubeconfig, baseURL: BASE_URL });

before(async () => {
  account = await installKargo(kubectl, api.kubeconfig);
  await createProject(kubectl, APP.namespace);
  await publishReceivers(APP.namespace);
  const subscriptions = [{ image: { repoURL: "example/app", imageSelectionStrategy: "Lexical" } }];
  const spec = { interval: "5m0s", subscriptions };
  await apply(kubectl, [{ apiVersion: KARGO_API, kind: "Warehouse", metadata: APP, spec }]);
  dockbell = createReplica({ name: "test", kubeconfig: account, baseURL: BASE_URL });
  await dockbell.start("--roles", "receiver");
  await answers(pathOf("first"), 200);
});

after(async () => {
  await dockbell?.dispose();
  await privileged.dispose();
  stop.abort();
  close();
  kubectl.dispose();
  await api.dispose();
});

/** Two receivers, of Docker Hub and of GitHub, with one Secret, and their URLs in the status. */
async function publishReceivers(project: string): Promise<void> {
  const [dockerhub, github] = [{ secretRef: { name: "s" } }, { secretRef: { name: "s" } }];
  const webhookReceivers = [
    { name: "dh", dockerhub },
    { name: "gh", github },
  ];
  const metadata = { namespace: project, name: project };
  await writeSecret(project, "first");
  await apply(kubectl, [{ apiVersion: KARGO_API, kind: "ProjectConfig", metadata, spec: { webhookReceivers } }]);
  await passProjectConfig(client, project, BASE_URL);
}

async function writeSecret(namespace: string, value: string): Promise<void> {
  const data = { secret: Buffer.from(value).toString("base64") };
  await apply(kubectl, [{ apiVersion: "v1", kind: "Secret", metadata: { namespace, name: "s" }, data }]);
}

function pathOf(secret: string, project = APP.namespace, receiver = "dh"): string {
  const hash = createHash("sha256").update(`${project}${receiver}${secret}`).digest("hex");
  return `/webhooks/${receiver === "dh" ? "dockerhub" : "github"}/${hash}`;
}

function push(tag: string, path = pathOf("first")) {
  return dockbell.post(path, payload("example/app", tag));
}

async function read(): Promise<{ token: string | undefined; handled: string | undefined; warehouse: Warehouse }> {
  const warehouse = await client.get<Warehouse>(WAREHOUSES, APP);
  assert.ok(warehouse);
  const token = warehouse.metadata.annotations?.[REFRESH];
  return { token, handled: warehouse.status?.lastHandledRefresh, warehouse };
}

async function annotate(annotation: string): Promise<void> {
  const { code, stderr } = await kubectl.run(["annotate", "warehouse", "app", "-n", "demo", "--overwrite", annotation]);
  assert.equal(code, 0, stderr);
}

async function answers(path: string, status: number): Promise<void> {
  await eventually(
    async () => (await push("0.0.1", path)).status === status,
    () => `it never answers ${status}: ${dockbell.output()}`,
    250,
  );
}

async function prints(text: string): Promise<void> {
  await eventually(
    () => dockbell.output().includes(text),
    () => `${text} in: ${dockbell.output()}`,
  );
}

/** The line about one push, which is its last. */
function isHandled(tag: string, how = "its controller handled the refresh"): Promise<void> {
  return prints(`push example/app:${tag} → demo/app handled (${how})`);
}

test("a push to the URL that Kargo published refreshes the Warehouse, and Kargo's controller handles it", async () => {
  const answer = await push("1.0.0");

  assert.deepEqual(answer, { status: 200, text: '{"msg":"refreshed 1 warehouse(s)"}\n' });
  await isHandled("1.0.0");
  const { token, handled } = await read();
  assert.equal(handled, token);
});

test("Kargo's account has every right of the page's table", async () => {
  const user = "system:serviceaccount:kargo:kargo-external-webhooks-server";
  const rights = rightsBesideKargo().flatMap(({ verbs, resources }) =>
    verbs.flatMap((verb) => resources.map((resource) => [verb, resource] as const)),
  );

  const answers = await Promise.all(
    rights.map((right) => kubectl.run(["auth", "can-i", ...right, "--namespace", APP.namespace, "--as", user])),
  );

  assert.deepEqual(new Set(answers.map(({ stdout }) => stdout)), new Set(["yes\n"]));
});

test("a receiver of another type is Kargo's to serve", async () => {
  const { status } = await push("1.0.0", pathOf("first", "demo", "gh"));

  assert.equal(status, 404);
  assert.deepEqual(await listReceivers(client, undefined), [
    { namespace: "demo", name: "dh", sender: "dockerhub", isReady: true, reason: "" },
    { namespace: "demo", name: "gh", sender: "github", isReady: true, reason: "served by Kargo" },
  ]);
});

test("pushes while Kargo discovers are covered by the next pass, though a newer push stands by then", async () => {
  const releaseFirst = kargo.hold();
  await push("1.1.0");
  const { token: first } = await read();
  await push("1.1.1");
  await push("1.1.2");
  const { token: second } = await read();
  const releaseSecond = kargo.hold();
  releaseFirst();
  await isHandled("1.1.0");
  const afterFirst = await read();
  await push("1.1.3");
  releaseSecond();

  await isHandled("1.1.1", "its controller handled a later refresh of ours");
  await isHandled("1.1.2");
  await isHandled("1.1.3");

  assert.ok(second !== first);
  assert.equal(afterFirst.handled, first);
  const { token, handled } = await read();
  assert.equal(handled, token);
});

test("somebody else's refresh on top of ours does not pass for ours", async () => {
  const release = kargo.hold();
  await push("1.2.0");
  await push("1.2.1");
  const { token: ours } = await read();
  await annotate(`${REFRESH}=2026-01-02T03:04:05Z`);
  release();

  await isHandled("1.2.1");

  const { token, handled } = await read();
  assert.ok(token !== ours && token !== "2026-01-02T03:04:05Z");
  assert.equal(handled, token);
});

test("a refresh that was taken away before Kargo saw it is asked for again", async () => {
  const release = kargo.hold();
  await push("1.3.0");
  await push("1.3.1");
  const { token: ours } = await read();
  await annotate(`${REFRESH}-`);
  release();

  await isHandled("1.3.1");

  const { token, handled } = await read();
  assert.ok(token !== undefined && token !== ours);
  assert.equal(handled, token);
});

test("a refresh that Kargo handled without discovering, since the registry was away, is asked for again", async () => {
  const before = kargo.discoveries();
  kargo.failNext();
  await push("1.4.0");

  await isHandled("1.4.0");

  assert.equal(kargo.discoveries(), before + 2);
  const { token, handled } = await read();
  assert.equal(handled, token);
});

test("a rotated Secret's URL works before Kargo publishes it, and the old one until then", async () => {
  await writeSecret("demo", "second");

  await answers(pathOf("second"), 200);
  const shown = await findReceiverURL({ client, clock: SYSTEM_CLOCK, name: "dh", namespace: "demo" });
  const old = await push("0.0.1");
  await passProjectConfig(client, "demo", BASE_URL);
  await answers(pathOf("first"), 404);

  assert.equal(shown, `https://kargo.example.com${pathOf("second")}`);
  assert.equal(old.status, 200);
  assert.equal((await push("0.0.1", pathOf("second"))).status, 200);
});

test("a receiver whose Secret is emptied or deleted is 404, and one whose Secret is back is served", async () => {
  await writeSecret("demo", "");
  await passProjectConfig(client, "demo", BASE_URL);
  await answers(pathOf(""), 404);
  await client.delete(SECRETS, { namespace: "demo", name: "s" });
  await passProjectConfig(client, "demo", BASE_URL);
  await answers(pathOf("second"), 404);

  await writeSecret("demo", "first");

  await answers(pathOf("first"), 200);
});

test("where Kargo's account may not read Secrets, the published URL works, and the log says what is lacking", async () => {
  const may = 'may not "get" secrets in closed: ';
  await apply(kubectl, [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "closed" } }]);
  await publishReceivers("closed");

  await answers(pathOf("first", "closed"), 200);
  await writeSecret("closed", "second");
  await prints(may);
  await grantSecrets(kubectl, "closed");
  await answers(pathOf("second", "closed"), 200);

  assert.equal(dockbell.output().split(may).length, 2);
  assert.equal(dockbell.output().split('may not "list" and "watch" secrets').length, 2);
});

test("where Secrets may be watched, one that is created or changed counts without being asked for in turn", async () => {
  await privileged.start("--roles", "receiver");
  const isKnown = (path: string) =>
    eventually(async () => (await privileged.post(path, "{}")).status === 200, privileged.output);
  await isKnown(pathOf("first"));

  await writeSecret("demo", "watched");
  await isKnown(pathOf("watched"));
  await writeSecret("demo", "first");
  await privileged.stop("SIGTERM");

  assert.doesNotMatch(privileged.output(), /may not|watching secrets/);
});

test("of all that there is, nothing but annotations of Warehouses was written", async () => {
  const everything = "warehouses,projectconfigs,clusterconfigs,secrets,leases,events,namespaces";
  const { stdout } = await kubectl.run(["get", everything, "-A", "--show-managed-fields", "-o", "json"]);

  const { items } = JSON.parse(stdout) as { readonly items: readonly KubeObject[] };
  const written = items.flatMap(({ kind, metadata: { managedFields = [] } }) =>
    managedFields
      .filter(({ manager }) => manager === "dockbell")
      .map(({ fieldsV1, subresource = "" }) => `${kind}${subresource} ${JSON.stringify(fieldsV1)}`),
  );
  const annotations = `"f:annotations":{"f:dockbell.dev/pushes.test":{},"f:${REFRESH}":{}}`;
  assert.deepEqual(written, [`Warehouse {"f:metadata":{${annotations}}}`]);
});
