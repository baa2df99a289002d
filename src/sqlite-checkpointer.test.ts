import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync, statSync, symlinkSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { eventually } from "../test/support/dockbell.ts";
import { openDatabase } from "./sqlite.ts";

/** As many commits as lie between two looks at the log, which outgrows its bound. */
function openLogged(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), "dockbell-sqlite-"));
  const path = join(directory, "test.db");
  const database = openDatabase({ path, migrations: [(db) => db.exec("CREATE TABLE one (value BLOB) STRICT")] });
  t.after(async () => {
    await database.close();
    rmSync(directory, { recursive: true });
  });
  const commit = async () => {
    for (let count = 0; count < 64; count++) {
      await database.writeUnsynced((db) => db.prepare("INSERT INTO one VALUES (zeroblob(100000))").run());
    }
  };
  const rows = () => database.read((db) => db.prepare("SELECT count(*) AS count FROM one").get()?.["count"]);
  return { path, commit, rows };
}

test("checkpoints go on after the thread failed", async (t) => {
  const { path, commit } = openLogged(t);
  renameSync(path, `${path}.away`);
  mkdirSync(path);
  const failed = new Promise((resolve) => process.once("worker", (worker) => worker.once("exit", resolve)));
  await commit();
  await failed;

  rmdirSync(path);
  renameSync(`${path}.away`, path);

  await eventually(
    async () => {
      await commit();
      return statSync(path).size > 4_000_000;
    },
    () => `the file has ${statSync(path).size} bytes`,
  );
});

test("a log that cannot be looked at keeps no commit from being made", async (t) => {
  const { path, commit, rows } = openLogged(t);
  renameSync(`${path}-wal`, `${path}.away`);
  symlinkSync(`${path}-wal`, `${path}-wal`);

  await commit();

  unlinkSync(`${path}-wal`);
  renameSync(`${path}.away`, `${path}-wal`);
  assert.equal(rows(), 64);
});
