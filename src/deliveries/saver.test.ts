import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answerRefresh,
  BOOKMARK_MS,
  createWarehouse,
  image,
  type Receiving,
  receivingFor,
  targetStates,
  verdicts,
} from "../../test/support/receiving.ts";
import { settle } from "../../test/support/settle.ts";

/** No write to the table succeeds until `mend` is called. */
function breakTable({ database }: Receiving, table: string, when: "INSERT" | "UPDATE"): { mend(): void } {
  const body = "BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END";
  database.read((db) => db.exec(`CREATE TRIGGER broken BEFORE ${when} ON ${table} ${body}`));
  return { mend: () => database.read((db) => db.exec("DROP TRIGGER broken")) };
}

const failures = ({ lines }: Receiving) => lines.filter((line) => line.includes("disk I/O error"));

test("a decision that could not be written is written once it can be", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.2.3");
  await it.clock.advance(BOOKMARK_MS);
  const table = breakTable(it, "delivery", "UPDATE");
  await answerRefresh(it.kube, "w");
  await it.clock.advance(120_000);
  const whileBroken = [verdicts(it), targetStates(it), it.lines.filter((line) => line.includes("→"))];

  table.mend();
  await it.clock.advance(30_000);

  assert.deepEqual(whileBroken, [["open"], ["refreshed"], []]);
  assert.deepEqual([verdicts(it), targetStates(it)], [["done"], ["discovered"]]);
  assert.equal(it.lines.filter((line) => line.includes("→ demo/w discovered")).length, 1);
  assert.equal(failures(it).length, 1);
});

test("what becomes of every Warehouse is written, though the writes failed while they moved", async (t) => {
  const it = await receivingFor(t);
  for (const name of ["a", "b", "c"]) await createWarehouse(it.kube, name, image("example/app"));
  const table = breakTable(it, "target", "INSERT");
  await it.push("example/app", "1.2.3");
  for (const name of ["a", "b"]) await answerRefresh(it.kube, name);
  await it.clock.advance(10_000);
  const whileBroken = targetStates(it);

  table.mend();
  await it.clock.advance(30_000);

  assert.deepEqual(whileBroken, []);
  assert.deepEqual(targetStates(it), ["discovered", "discovered", "refreshed"]);
});

test("a write that fails holds up no other delivery", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  const only = "BEFORE UPDATE ON delivery WHEN new.tags LIKE '%1.0.0%'";
  it.database.read((db) => db.exec(`CREATE TRIGGER broken ${only} BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END`));
  await it.push("example/app", "1.0.0");
  await it.push("example/app", "1.1.0");

  await answerRefresh(it.kube, "w");

  assert.deepEqual(verdicts(it), ["open", "done"]);
});

test("a clean stop writes what a patch in flight led to, and the next start goes on from there", async (t) => {
  const it = await receivingFor(t, { answerWithinMs: 0 });
  await createWarehouse(it.kube, "w", image("example/app"));
  const patch = Promise.withResolvers<undefined>();
  it.kube.network = ({ method }) => (method === "PATCH" ? patch.promise : undefined);
  await it.push("example/app", "1.2.3");
  let isEnded = false;
  const ended = it.stop().then(() => {
    isEnded = true;
  });
  await settle();
  const whilePatching = [isEnded, targetStates(it)];

  patch.resolve(undefined);
  await ended;

  assert.deepEqual(whilePatching, [false, []]);
  assert.deepEqual([targetStates(it), verdicts(it)], [["refreshed"], ["open"]]);
});

test("a clean stop does not wait for a log that cannot be written", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  breakTable(it, "target", "INSERT");
  await it.push("example/app", "1.2.3");

  await it.stop();

  assert.deepEqual([targetStates(it), verdicts(it)], [[], ["open"]]);
});
