import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answerRefresh,
  createWarehouse,
  getWarehouse,
  image,
  PROJECT,
  pushesOf,
  REPLICA,
  receivingFor,
  refreshToken,
  refused,
  targetStates,
  verdicts,
} from "../../test/support/receiving.ts";
import { settle } from "../../test/support/settle.ts";
import { WAREHOUSES } from "../resources/warehouse.ts";
import type { Database } from "../sqlite.ts";

/** As a disk whose sync takes until then: what is written can be read, and is not known to be kept. */
function delaySync(database: Database, until: Promise<void>): void {
  const write = database.write.bind(database);
  database.write = async (work) => {
    const result = await write(work);
    await until;
    return result;
  };
}

test("a restart looks at the API before it patches again", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.2.3");
  await settle();
  it.crash();
  await answerRefresh(it.kube, "w");
  const patches = () => it.kube.requests.filter((line) => line.startsWith("PATCH")).length;
  const before = patches();

  await it.restart();

  assert.equal(patches(), before);
  assert.deepEqual([targetStates(it), verdicts(it)], [["discovered"], ["done"]]);
});

test("a restart takes up what was recorded and never refreshed", async (t) => {
  const it = await receivingFor(t, { answerWithinMs: 0 });
  await createWarehouse(it.kube, "w", image("example/app"));
  it.kube.network = ({ method }) => (method === "PATCH" ? refused(500)() : undefined);
  await it.push("example/app", "1.2.3");
  it.kube.network = () => undefined;

  await it.restart();

  assert.deepEqual(pushesOf(await getWarehouse(it.kube, "w")), ["example/app:1.2.3"]);
  assert.deepEqual(targetStates(it), ["refreshed"]);
});

test("a webhook that is being recorded while former work is taken up is followed up once", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  const [listed, synced] = [Promise.withResolvers<undefined>(), Promise.withResolvers<void>()];
  it.kube.network = ({ url }) => (url.includes("/warehouses") ? listed.promise : undefined);
  await it.restart();
  delaySync(it.database, synced.promise);
  const answer = it.push("example/app", "1.2.3");
  await settle();

  listed.resolve(undefined);
  await settle(30);
  synced.resolve();
  await answer;
  await answerRefresh(it.kube, "w");

  assert.equal(it.kube.requests.filter((line) => line.startsWith("PATCH")).length, 1);
  assert.equal(it.lines.filter((line) => line.includes("discovered")).length, 1);
  assert.deepEqual([verdicts(it), it.drain.state().openCount], [["done"], 0]);
});

test("running time is counted across a restart, the time between is not", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.2.3");
  await answerRefresh(it.kube, "w", { notVisible: ["example/app:1.2.3"] });
  await it.clock.advance(8 * 60_000);
  await answerRefresh(it.kube, "w", { failed: ["example/app:1.2.3"] });
  it.crash();
  await it.clock.advance(60 * 60_000);
  await it.restart();
  await answerRefresh(it.kube, "w", { notVisible: ["example/app:1.2.3"] });

  await it.clock.advance(5 * 60_000);
  const early = verdicts(it);
  await it.clock.advance(4 * 60_000);

  assert.deepEqual([early, verdicts(it)], [["open"], ["done"]]);
});

test("entries of our list that the log does not know are taken up at start", async (t) => {
  const it = await receivingFor(t);
  it.crash();
  await createWarehouse(it.kube, "w", image("example/app"));
  const token = "2026-01-01T00:00:00.000000001Z";
  const entry = { token, repoURL: "example/app", tag: "1.0.0" };
  const annotations = { [`dockbell.dev/pushes.${REPLICA}`]: JSON.stringify([entry]) };
  await it.kube.admin.mergePatch(WAREHOUSES, { namespace: PROJECT, name: "w" }, { metadata: { annotations } });

  await it.restart();

  const warehouse = await getWarehouse(it.kube, "w");
  assert.deepEqual(pushesOf(warehouse), ["example/app:1.0.0"]);
  assert.notEqual(refreshToken(warehouse) ?? token, token);
});
