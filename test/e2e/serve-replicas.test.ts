// Two replicas of `dockbell serve`: both take webhooks, one at a time runs the controllers, and nothing is lost when that
// one dies, loses its Lease or is told to end. The tests build on one another.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { NAMESPACES, type Namespace } from "../../src/resources/core.ts";
import { LEASES, type Lease } from "../../src/resources/lease.ts";
import { eventually } from "../support/dockbell.ts";
import type { Replica } from "../support/replica.ts";
import { openServeDesk, type ServeDesk } from "../support/serve-desk.ts";

const LEASE = { namespace: "default", name: "dockbell-warehouse" };
const PROJECTS_LEASE = { namespace: "default", name: "dockbell-projectconfig" };

let desk: ServeDesk;
let path = "";
let replicas: readonly Replica[] = [];
after(() => desk?.dispose());

async function holder(of = LEASE): Promise<string> {
  const lease = await desk.client.get<Lease>(LEASES, of);
  return lease?.spec?.holderIdentity?.split("_")[0] ?? "";
}

const outputs = () => replicas.map((one) => `${one.name}:\n${one.output()}`).join("\n");

/** By its own word: one that was killed is named by its Lease for as long as that runs, and once more until it leads. */
async function leads(replica: Replica, of = LEASE): Promise<boolean> {
  const { text } = await replica.admin("/metrics");
  return text.includes(`leader_election_master_status{name="${of.name}"} 1`);
}

/** Whoever leads once somebody does, and the other one. */
async function leaderAndOther(of = LEASE): Promise<readonly [leader: Replica, other: Replica]> {
  let leader: Replica | undefined;
  const find = async () => {
    for (const replica of replicas) if (await leads(replica, of)) leader = replica;
    return leader !== undefined;
  };
  await eventually(find, outputs, 100);
  const other = replicas.find((one) => one !== leader);
  assert.ok(leader && other);
  return [leader, other];
}

test("both replicas take webhooks, and what each accepted is discovered", async () => {
  desk = await openServeDesk();
  await desk.push("1.0.0");
  await desk.kubectl("apply -f -", desk.manifests);
  replicas = [desk.replica("dockbell-0"), desk.replica("dockbell-1")];
  for (const replica of replicas) await replica.start();
  path = await desk.receiverPath();
  await desk.untilDiscovered("1.0.0");

  for (const [place, replica] of replicas.entries()) {
    const tag = `1.1.${place}`;
    await desk.push(tag);
    await desk.untilAnswered(replica, path, tag);
    await desk.untilDiscovered(tag);
  }

  const leading = await Promise.all(replicas.map((replica) => leads(replica)));
  assert.deepEqual(leading.toSorted(), [false, true]);
});

test("a leader that is drained and told to end takes no more webhooks, and hands over at once", async () => {
  const [leader, other] = await leaderAndOther();
  await leader.drain();
  const refused = await leader.post(path, desk.webhook("1.1.1"));
  const readiness = (await leader.admin("/readyz")).status;
  const isEmpty = async () => JSON.parse((await leader.drain()).text).openCount === 0;
  await eventually(isEmpty, outputs);

  const code = await leader.stop("SIGTERM");
  const left = await holder();
  await eventually(async () => (await holder()) === other.name, outputs, 50);
  await leader.start();

  assert.deepEqual([refused.status, readiness, code], [503, 503, 0]);
  assert.notEqual(left, leader.name);
});

test("a leader that is killed in the middle of a discovery loses nothing", async () => {
  const [leader, other] = await leaderAndOther();
  const held = desk.holdRegistry();
  await desk.push("1.2.0");
  const answer = await other.post(path, desk.webhook("1.2.0"));

  await leader.stop("SIGKILL");
  held.go();

  assert.equal(answer.status, 200);
  await desk.untilDiscovered("1.2.0");
  assert.equal(await holder(), other.name);
  await leader.start();
});

test("a leader that is killed and started again on its data leads on, without waiting for its own Lease to end", async () => {
  const [leader] = await leaderAndOther();
  const termOf = async () => (await desk.client.get<Lease>(LEASES, LEASE))?.spec?.leaseTransitions;
  const before = await termOf();

  await leader.stop("SIGKILL");
  await leader.start();
  await eventually(() => /leads: it holds the Lease default\/dockbell-warehouse/.test(leader.output()), outputs, 50);

  assert.equal(await termOf(), before);
});

test("a Project that is deleted while nobody leads takes its namespace along once another replica leads", async () => {
  const [leader, other] = await leaderAndOther(PROJECTS_LEASE);
  const metadata = { name: "short-lived" };
  const project = { apiVersion: "kargo.akuity.io/v1alpha1", kind: "Project", metadata };
  const namespace = () => desk.client.get<Namespace>(NAMESPACES, metadata);
  await desk.kubectl("apply -f -", JSON.stringify(project));
  await eventually(async () => (await namespace()) !== undefined, outputs);

  await leader.stop("SIGKILL");
  await desk.kubectl("delete project short-lived");
  const left = (await namespace())?.metadata;
  await eventually(async () => (await holder(PROJECTS_LEASE)) === other.name, outputs);
  const stands = async () => {
    const now = await namespace();
    return now !== undefined && now.metadata.deletionTimestamp === undefined;
  };
  await eventually(async () => !(await stands()), outputs);
  await leader.start();

  assert.equal(left?.name, "short-lived");
  assert.equal(left?.deletionTimestamp, undefined);
});

test("a leader that lost its Lease stops its controllers, and goes on taking webhooks", async () => {
  const [leader, other] = await leaderAndOther();
  const stolen = { spec: { holderIdentity: "thief", leaseDurationSeconds: 4 } };
  await desk.client.mergePatch(LEASES, LEASE, stolen);
  await eventually(
    () => /leads no longer: another holds the Lease default\/dockbell-warehouse/.test(leader.output()),
    outputs,
  );
  await desk.push("1.3.0");

  const { status } = await leader.post(path, desk.webhook("1.3.0"));
  const { discoveredArtifacts } = (await desk.warehouse()).status ?? {};

  assert.equal(status, 200);
  assert.equal(discoveredArtifacts?.images?.[0]?.references?.[0]?.tag, "1.2.0");
  await desk.untilDiscovered("1.3.0");
  assert.ok([leader.name, other.name].includes(await holder()));
});
