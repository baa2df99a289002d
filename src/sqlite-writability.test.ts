import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { settle } from "../test/support/settle.ts";
import { openDatabase } from "./sqlite.ts";

const CONTENT = "a".repeat(1_000_000);

test("a full disk is told of while it lasts, and a question finds out that there is room again", async (t) => {
  const told: string[] = [];
  const observer = { failed: (fault: Error) => void told.push(fault.message), wrote: () => void told.push("wrote") };
  const migrations = [(db: DatabaseSync) => db.exec("CREATE TABLE t (content TEXT) STRICT")];
  const database = openDatabase({ path: ":memory:", migrations, observer });
  t.after(() => database.close());
  const write = () => database.write((db) => void db.prepare("INSERT INTO t VALUES (?)").run(CONTENT));
  await write();

  // No page more than there are.
  database.read((db) => db.exec("PRAGMA max_page_count=1"));
  await assert.rejects(write(), { name: "StorageError", message: /^:memory: cannot be written: .*full/ });
  const whileFull = database.fault();
  await settle();
  database.read((db) => db.exec("PRAGMA max_page_count=1000000"));
  database.fault();
  await settle();

  assert.match(String(whileFull), /full/);
  assert.equal(database.fault(), undefined);
  assert.deepEqual([told[0], told[1], told.at(-1)], ["wrote", whileFull?.message, "wrote"]);
});

test("a fault that writes without an fsync met is over once one of them succeeds", async (t) => {
  const told: string[] = [];
  const observer = { failed: () => void told.push("failed"), wrote: () => void told.push("wrote") };
  const migrations = [(db: DatabaseSync) => db.exec("CREATE TABLE t (content TEXT) STRICT")];
  const database = openDatabase({ path: ":memory:", migrations, observer });
  t.after(() => database.close());
  const write = () => database.writeUnsynced((db) => void db.prepare("INSERT INTO t VALUES (?)").run(CONTENT));

  database.read((db) => db.exec("PRAGMA max_page_count=1"));
  await assert.rejects(write(), { name: "StorageError" });
  database.read((db) => db.exec("PRAGMA max_page_count=1000000"));
  await write();

  assert.equal(database.fault(), undefined);
  assert.deepEqual(told, ["failed", "wrote"]);
});

test("what is refused for what it is, and not by the disk, is no fault of the file", async (t) => {
  const migrations = [(db: DatabaseSync) => db.exec("CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT")];
  const database = openDatabase({ path: ":memory:", migrations });
  t.after(() => database.close());
  const write = () => database.write((db) => db.exec("INSERT INTO t VALUES (1)"));
  await write();

  await assert.rejects(write(), /UNIQUE/);

  assert.equal(database.fault(), undefined);
});
