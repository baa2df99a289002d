import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "../../test/support/settle.ts";
import { type Database, openDatabase } from "../sqlite.ts";
import { createDeliveryLog, type DeliveryLog } from "./log.ts";
import { DELIVERY_MIGRATIONS } from "./schema.ts";

const BODY = Buffer.alloc(1_000_000, "a");

function openLog(t: { after(work: () => Promise<void>): void }): { database: Database; log: DeliveryLog } {
  const database = openDatabase({ path: ":memory:", migrations: DELIVERY_MIGRATIONS });
  t.after(() => database.close());
  return { database, log: createDeliveryLog(database) };
}

const record = (log: DeliveryLog, id: string) =>
  log.record({
    ...{ id, arrivedAt: 0, project: "demo", receiver: "r", sender: "dockerhub", mediaType: "" },
    ...{ repoURLs: ["example/app"], tags: ["1.0.0"], body: BODY },
  });

/** As a disk that is full: no page more than there are. */
const fill = (database: Database) => database.read((db) => db.exec("PRAGMA max_page_count=1"));
const free = (database: Database) => database.read((db) => db.exec("PRAGMA max_page_count=1000000"));

test("a log is writable until a delivery cannot be recorded, and again once there is room", async (t) => {
  const { database, log } = openLog(t);
  await record(log, "first");
  const atFirst = log.isWritable();
  fill(database);
  await assert.rejects(record(log, "second"), /full/);
  const whileFull = log.isWritable();
  free(database);
  log.isWritable();
  await settle();

  assert.deepEqual([atFirst, whileFull, log.isWritable()], [true, false, true]);
});
