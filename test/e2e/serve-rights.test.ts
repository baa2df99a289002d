// `dockbell serve` as the account of deploy/kustomize on a real API server, with the rights that are shipped and without
// some of them: it says which one it lacks, loses nothing that it recorded, and goes on once it is given. The last ones
// hold docs/troubleshooting.md to what was seen. The tests build on one another.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import { rowsOf } from "../../src/cli/delivery-rows.ts";
import type { DeliverySummary } from "../../src/deliveries/told-delivery.ts";
import { CLUSTER_CONFIGS } from "../../src/resources/cluster-config.ts";
import { SECRETS } from "../../src/resources/core.ts";
import { PROJECT_CONFIGS } from "../../src/resources/project-config.ts";
import { apiVersionOf } from "../../src/resources/resource.ts";
import { WAREHOUSES, type Warehouse } from "../../src/resources/warehouse.ts";
import type { Target } from "../../src/warehouses/target.ts";
import { eventually, MAIN } from "../support/dockbell.ts";
import { Kubectl } from "../support/kubectl.ts";
import { blocksOf, firstCellsOf, quotesOf } from "../support/pages.ts";
import type { Replica } from "../support/replica.ts";
import { openServeDesk, type ServeDesk } from "../support/serve-desk.ts";
import { installShippedRights, type ShippedRights } from "../support/shipped-rights.ts";

const PAGE = "docs/troubleshooting.md";
const FLAGS = ["--lease-namespace", "dockbell"];
const USER = 'User "system:serviceaccount:dockbell:dockbell"';

let desk: ServeDesk;
let kubectl: Kubectl;
let rights: ShippedRights;
let dockbell: Replica;
let path = "";
/** What all processes printed. */
let transcript = "";
/** Of what was listed. */
const states = new Set<string>();
before(async () => {
  desk = await openServeDesk();
  kubectl = new Kubectl(desk.api.kubeconfig, desk.api.kubectl);
  rights = await installShippedRights(kubectl, desk.api.kubeconfig);
  dockbell = desk.replica("dockbell-0", rights.kubeconfig);
  await desk.push("1.0.0");
  await desk.kubectl("apply -f -", desk.manifests);
  await dockbell.start(...FLAGS);
  path = await desk.receiverPath();
  await desk.untilDiscovered("1.0.0");
});
after(async () => {
  kubectl?.dispose();
  await desk?.dispose();
});

async function newestTag(): Promise<string | undefined> {
  const { images } = (await desk.warehouse()).status?.discoveredArtifacts ?? {};
  return images?.[0]?.references?.[0]?.tag;
}

/** Ends the process and starts it again. */
async function restart(signal: NodeJS.Signals): Promise<void> {
  await dockbell.stop(signal);
  transcript += dockbell.output();
  await dockbell.start(...FLAGS);
}

async function pushAndTell(tag: string): Promise<number> {
  await desk.push(tag);
  return (await dockbell.post(path, desk.webhook(tag))).status;
}

function linesWith(text: string): readonly string[] {
  return dockbell
    .output()
    .split("\n")
    .filter((line) => line.includes(text));
}

/** So many lines, once they are printed; no more than those may be. */
async function printed(text: string, count = 1): Promise<string> {
  await eventually(
    () => linesWith(text).length >= count,
    () => `${text} in: ${dockbell.output()}`,
  );
  const lines = linesWith(text);
  assert.equal(lines.length, count, dockbell.output());
  return lines.join("\n");
}

/** The newest first. */
async function targets(count: number): Promise<readonly Target[]> {
  const { text } = await dockbell.admin(`/api/v1/deliveries?limit=${count}`);
  const { deliveries } = JSON.parse(text) as { readonly deliveries: readonly DeliverySummary[] };
  const rows = deliveries.flatMap((delivery) => rowsOf({ ...delivery, replica: "" }, false));
  for (const { state } of rows) states.add(state);
  return deliveries.flatMap((delivery) => delivery.targets);
}

async function areDiscovered(count: number): Promise<void> {
  let last: readonly Target[] = [];
  await eventually(
    async () => {
      last = await targets(count);
      return last.length === count && last.every(({ state }) => state === "discovered");
    },
    () => `${JSON.stringify(last)}: ${dockbell.output()}`,
    50,
  );
}

async function missing(): Promise<readonly string[]> {
  const { checks } = JSON.parse((await dockbell.admin("/readyz")).text) as {
    readonly checks: readonly { readonly name: string; readonly ok: boolean }[];
  };
  return checks.filter(({ ok }) => !ok).map(({ name }) => name);
}

/** As the metrics count them: a pass that is tried again has no line of its own. */
async function failedPasses(name: string): Promise<number> {
  const { text } = await dockbell.admin("/metrics");
  return Number(new RegExp(`^workqueue_retries_total\\{name="${name}"\\} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
}

test("pushes that it may not refresh Warehouses for are recorded and refreshed once it may, though it was killed meanwhile", async () => {
  await rights.withhold("warehouses", "patch");

  const first = await pushAndTell("1.1.0");
  await restart("SIGKILL");
  const line = await printed("refreshing Warehouses fails");
  const second = await pushAndTell("1.1.1");
  const open = await targets(2);
  const readiness = await dockbell.admin("/readyz", "");
  const before = await newestTag();
  await rights.restore();
  await desk.untilDiscovered("1.1.1");
  await areDiscovered(2);

  const refusal = `warehouses.kargo.akuity.io "app" is forbidden: ${USER} cannot patch resource "warehouses" in API group "kargo.akuity.io" in the namespace "my-project"`;
  assert.deepEqual([first, second, readiness.status, before], [202, 202, 200, "1.0.0"]);
  assert.ok(line.includes(refusal), line);
  for (const { state, reason } of open) assert.ok(state === "retrying" && reason.includes(refusal), reason);
  assert.match(await printed("refreshing Warehouses works again after"), / s$/);
});

test("a push while it may not list Secrets is recorded, and discovered once it may", async () => {
  await rights.withhold("secrets", "list", "watch");
  await restart("SIGTERM");
  const listing = await printed('cannot list resource "secrets"');
  const answer = await pushAndTell("1.2.0");
  const lacking = await missing();
  const before = await newestTag();
  await rights.withhold("secrets", "watch");
  const watching = await printed('cannot watch resource "secrets"');

  await rights.restore();
  await desk.untilDiscovered("1.2.0");
  await areDiscovered(1);

  assert.match(listing, new RegExp(`watching secrets fails: .*${USER} .* at the cluster scope`));
  assert.match(watching, /watching secrets fails: /);
  assert.deepEqual([answer, lacking, before], [200, ["secrets listed"], "1.1.1"]);
  await printed("watching secrets works again after");
});

test("a leader that may use its Leases no more ends its controllers, and what is pushed meanwhile is discovered once it may", async () => {
  await rights.withhold("leases", "get", "update", "create");
  const renewing = await printed('cannot update resource "leases"', 2);
  await printed("leads no longer: it could not renew the Lease dockbell/dockbell-warehouse");
  await printed("leads no longer: it could not renew the Lease dockbell/dockbell-projectconfig");
  const campaigning = await printed('cannot get resource "leases"', 2);
  const answer = await pushAndTell("1.3.0");
  const [told] = await targets(1);
  const lacking = await missing();
  const before = await newestTag();

  await rights.restore();
  await desk.untilDiscovered("1.3.0");
  await areDiscovered(1);

  const lease = new RegExp(`the Lease dockbell/dockbell-warehouse: .*${USER} cannot`);
  assert.match(renewing, lease);
  assert.match(campaigning, lease);
  assert.deepEqual([answer, told?.state, lacking, before], [200, "refreshed", [], "1.2.0"]);
});

test("a leader that may not write the status of Warehouses says so once for all of them, and discovers what was pushed once it may", async () => {
  const second = { name: "second", namespace: "my-project" };
  const { apiVersion, kind, spec } = await desk.warehouse();
  await desk.kubectl("apply -f -", JSON.stringify({ apiVersion, kind, metadata: second, spec }));
  await eventually(
    async () => (await desk.client.get<Warehouse>(WAREHOUSES, second))?.status !== undefined,
    dockbell.output,
  );
  const right = 'cannot patch resource "warehouses/status"';
  const passed = await failedPasses("warehouse");
  await rights.withhold("warehouses/status", "patch");
  await pushAndTell("1.4.0");
  await eventually(async () => (await failedPasses("warehouse")) >= passed + 6, dockbell.output);
  const line = await printed(right);
  await rights.restore();
  await desk.untilDiscovered("1.4.0");
  await eventually(async () => (await targets(1)).every(({ state }) => state === "discovered"), dockbell.output, 50);
  await desk.client.delete(WAREHOUSES, second);

  assert.match(line, new RegExp(`reconciling Warehouses fails: .*${USER} ${right}`));
  await printed("reconciling Warehouses works again after");
});

test("a leader that may not write the status of configs says so once for each kind; another name ends a leaked URL all the same", async () => {
  const leaked = path;
  const config = { namespace: "my-project", name: "my-project" };
  const cluster = { apiVersion: apiVersionOf(CLUSTER_CONFIGS), kind: "ClusterConfig", metadata: { name: "cluster" } };
  const receivers = [{ name: "renamed", dockerhub: { secretRef: { name: "dh-wh-secret" } } }];
  const post = async () => (await dockbell.post(leaked, desk.webhook("1.4.0"))).status;
  await rights.withhold("projectconfigs/status", "patch");
  await desk.client.mergePatch(SECRETS, { ...config, name: "dh-wh-secret" }, { data: { secret: "YW5vdGhlcg==" } });
  await desk.kubectl("apply -f -", JSON.stringify({ ...cluster, spec: {} }));
  for (const name of ["projectconfig", "clusterconfig"])
    await eventually(async () => (await failedPasses(name)) >= 3, dockbell.output);
  const lines = await printed("configs/status", 2);
  const withNewSecret = await post();
  await desk.client.mergePatch(PROJECT_CONFIGS, config, { spec: { webhookReceivers: receivers } });
  await eventually(async () => (await post()) === 404, dockbell.output);
  const published = await desk.receiverPath();
  await rights.restore();
  for (const kinds of ["ProjectConfigs", "the ClusterConfig"]) await printed(`reconciling ${kinds} works again after`);
  path = await desk.receiverPath();
  const ended = await post();
  await desk.client.delete(CLUSTER_CONFIGS, cluster.metadata);

  const refused = (kinds: string, resource: string) =>
    new RegExp(
      `reconciling ${kinds} fails: its status was refused: ${USER} cannot patch resource "${resource}/status"`,
    );
  assert.match(lines, refused("ProjectConfigs", "projectconfigs"));
  assert.match(lines, refused("the ClusterConfig", "clusterconfigs"));
  assert.deepEqual([withNewSecret, published, ended], [200, leaked, 404]);
  assert.notEqual(path, leaked);
});

test("Events that may not be written are told of once, whatever Freight is made meanwhile", async () => {
  await rights.withhold("events", "create");
  for (const tag of ["1.5.0", "1.5.1", "1.5.2"]) {
    await pushAndTell(tag);
    await desk.untilDiscovered(tag);
  }
  const line = await printed('cannot create resource "events"');
  await rights.restore();
  await pushAndTell("1.5.3");

  assert.match(line, new RegExp(`recording Events of Freight fails: .*${USER} cannot create resource "events"`));
  await printed("recording Events of Freight works again after");
});

test("the role receiver alone reads Secrets one by one where it may not watch them, and no more once it is started with that right", async () => {
  const receiver = desk.replica("dockbell-1", rights.kubeconfig);
  const may = 'may not "list" and "watch" secrets: those of receivers are read one by one';
  await desk.kubectl("create clusterrole secrets-get --verb get --resource secrets");
  await desk.kubectl(
    "create clusterrolebinding secrets-get --clusterrole secrets-get --serviceaccount dockbell:dockbell",
  );
  await rights.withhold("secrets", "list", "watch");

  await receiver.start("--roles", "receiver");
  await eventually(() => receiver.output().includes(may), receiver.output);
  await desk.untilAnswered(receiver, path, "1.3.0");
  transcript += receiver.output();
  await rights.restore();
  await receiver.stop("SIGTERM");
  await receiver.start("--roles", "receiver");
  await desk.untilAnswered(receiver, path, "1.3.0");
  await eventually(() => receiver.output().includes("ready: "), receiver.output);
  await receiver.stop("SIGTERM");

  assert.doesNotMatch(receiver.output(), /may not|watching secrets/);
});

test("what a push waits for is listed in the states of docs/troubleshooting.md", async () => {
  await dockbell.post(path, desk.webhook("1.9.9"));
  await eventually(
    async () => (await targets(1))[0]?.state === "not-visible",
    () => dockbell.output(),
    50,
  );
  await desk.api.pause();
  await dockbell.post(path, desk.webhook("1.9.8"));
  await targets(1);
  await desk.api.resume();

  const listed = firstCellsOf(PAGE, "serve: a push answered 202 that stays open");

  // Where a cell names two, the second passes in a moment.
  const named = listed.map((cell) => /^`([\w-]+)`/.exec(cell)?.[1]);
  assert.deepEqual(
    named.filter((state) => !states.has(state ?? "")),
    [],
  );
});

test("docs/troubleshooting.md quotes what is printed", () => {
  // A right to watch that is given to the role receiver alone is noticed within minutes.
  const printed = `${transcript}${dockbell.output()}secrets may be watched now`;

  const unseen = quotesOf(PAGE, "serve: is forbidden").filter((quote) => !quote.test(printed));

  assert.deepEqual(unseen, []);
});

test("the commands of docs/troubleshooting.md for a cluster do what it says", async () => {
  const [question] = blocksOf(PAGE, "serve: is forbidden");
  const [inPod, outside] = blocksOf(PAGE, "serve: the deliveries of its replicas");
  const [, ...ask] = question?.text.trim().split(" ") ?? [];

  const allowed = await kubectl.run(ask);
  await rights.withhold("warehouses", "patch");
  const forbidden = await kubectl.run(ask);
  // A pod has its data directory in its environment, and finds it there.
  const env = { ...process.env, DOCKBELL_DATA_DIR: dockbell.directory };
  const listed = [inPod, outside].map((block) => {
    const [, args = ""] = block?.text.match(/(?:main\.js|dockbell) (deliveries .*)\n$/) ?? [];
    const here = args.replace("/var/lib/dockbell", dockbell.directory).split(" ");
    return spawnSync(process.execPath, [MAIN, ...here], { env, encoding: "utf8" }).stdout;
  });

  assert.deepEqual([allowed.stdout, forbidden.stdout], ["yes\n", "no\n"]);
  for (const text of listed) assert.match(text, /my-project\/app .*not-visible/);
});
