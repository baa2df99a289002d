// A storm of pushes into outages of a real API server: it stands still, it is killed and started again, its watches are
// too old. Every push is answered with a 2xx, and every one is seen to be discovered. Each test can be run alone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SYSTEM_CLOCK } from "../../src/app/system.ts";
import { LEASES, type Lease } from "../../src/resources/lease.ts";
import { type ApiProxy, openApiProxy } from "../support/api-proxy.ts";
import { type PushStorm, preparePushStorm } from "../support/push-storm.ts";
import type { Replica } from "../support/replica.ts";
import { openServeDesk, type ServeDesk } from "../support/serve-desk.ts";

const OUTAGE_MS = 30_000;
/** Shorter than an outage, so that senders go on during it. */
const FLAGS = ["--answer-within", "1s"];

let desk: ServeDesk;
/** Of 500 pushes. */
let storm: PushStorm;
/** Of 100. */
let small: PushStorm;
let first: Replica;
let path = "";
let proxy: ApiProxy | undefined;
after(async () => {
  await desk?.dispose();
  await proxy?.close();
});

before(async () => {
  desk = await openServeDesk();
  first = desk.replica("dockbell-0");
  await desk.push("1.0.0");
  await desk.kubectl("apply -f -", desk.manifests);
  await first.start(...FLAGS);
  path = await desk.receiverPath();
  await desk.untilDiscovered("1.0.0");
  storm = await preparePushStorm(desk, "large", 25);
  small = await preparePushStorm(desk, "small", 5);
});

const sendTo = (replica: Replica) => async (webhook: string) => (await replica.post(path, webhook)).status;

/** Begins when a third of the storm was sent. */
async function during(outage: () => Promise<void>, storm: PushStorm, replica: Replica): Promise<readonly number[]> {
  let under: Promise<void> | undefined;
  const statuses = await storm.send(sendTo(replica), (count) => {
    if (count >= storm.count / 3) under ??= outage();
  });
  await under;
  return statuses;
}

function refused(statuses: readonly number[]): readonly number[] {
  return statuses.filter((status) => status !== 200 && status !== 202);
}

for (const { what, begin, end } of [
  { what: "stands still for 30 s among them", begin: "pause", end: "resume" },
  { what: "is killed among them and comes back after 30 s", begin: "kill", end: "start" },
] as const) {
  test(`500 pushes are answered and discovered though the API server ${what}`, async () => {
    const outage = async () => {
      await desk.api.control(begin);
      await SYSTEM_CLOCK.sleep(OUTAGE_MS);
      await desk.api.control(end);
    };

    const statuses = await during(outage, storm, first);

    assert.deepEqual([statuses.length, refused(statuses)], [500, []]);
    await storm.untilDiscovered(first);
  });
}

// Its Lease lasts 15 s more, and is looked at every 2 s.
test("pushes are discovered though the leader is killed among them", async () => {
  const second = desk.replica("dockbell-1");
  await second.start(...FLAGS);
  await desk.untilAnswered(second, path, "1.0.0");
  const lease = { namespace: "default", name: "dockbell-warehouse" };
  const holder = async () => (await desk.client.get<Lease>(LEASES, lease))?.spec?.holderIdentity?.split("_")[0];
  assert.equal(await holder(), first.name);

  const statuses = await during(async () => void (await first.stop("SIGKILL")), small, second);

  assert.deepEqual(refused(statuses), []);
  await small.untilDiscovered(second);
  assert.equal(await holder(), second.name);
  await second.stop("SIGTERM");
});

for (const form of ["status", "event"] as const) {
  test(`pushes are discovered though every watch among them is too old, told as ${form === "status" ? "a status" : "an event"}`, async () => {
    proxy ??= await openApiProxy(desk.api.kubeconfig);
    const replica = desk.replica(`dockbell-${form}`, proxy.kubeconfig);
    await replica.start(...FLAGS);
    await desk.untilAnswered(replica, path, "1.0.0");

    const statuses = await during(async () => proxy?.expireWatches(form), small, replica);

    assert.deepEqual(refused(statuses), []);
    await small.untilDiscovered(replica);
    assert.ok(proxy.expired().some((watched) => watched.endsWith("/warehouses")));
    await replica.stop("SIGTERM");
  });
}
