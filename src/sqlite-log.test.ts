import assert from "node:assert/strict";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { openDatabase } from "./sqlite.ts";

const directory = mkdtempSync(join(tmpdir(), "sqlite-log-"));
after(() => rmSync(directory, { recursive: true, force: true }));

function open(name: string) {
  const database = openDatabase({ path: join(directory, name), migrations: [(db) => db.exec("CREATE TABLE t (n)")] });
  return {
    database,
    insert: (number: number) => database.write((db) => db.exec(`INSERT INTO t VALUES (${number})`)),
    numbers: () => database.read((db) => db.prepare("SELECT n FROM t ORDER BY n").all()).map(({ n }) => n),
  };
}

test("a write is not acknowledged when the log cannot be brought to the disk, and the next one is when it can", async () => {
  const { database, insert, numbers } = open("away.db");
  const log = join(directory, "away.db-wal");
  renameSync(log, `${log}.away`);

  const away = insert(1);

  await assert.rejects(away, { name: "StorageError", message: /away\.db cannot be written: ENOENT/ });
  renameSync(`${log}.away`, log);
  await insert(2);
  assert.deepEqual(numbers(), [1, 2]);
  await database.close();
});

for (const name of ["gone.db", "gone.db-wal"]) {
  test(`without ${name} at its path no write stands and the fault is known, until it is back`, async () => {
    const folder = mkdtempSync(join(directory, "gone-"));
    const { database, insert, numbers } = open(join(basename(folder), "gone.db"));
    await insert(1);
    const file = join(folder, name);
    renameSync(file, `${file}.away`);

    const noticed = database.fault();
    const refused = insert(2);

    assert.match(String(noticed), /gone\.db cannot be written: it is not at its path any more/);
    await assert.rejects(refused, { name: "StorageError" });
    renameSync(`${file}.away`, file);
    await insert(3);
    assert.equal(database.fault(), undefined);
    assert.deepEqual(numbers(), [1, 3]);
    await database.close();
  });
}

test("what is written while a group reaches the disk is there when its own promise resolves", async () => {
  const { database, insert, numbers } = open("groups.db");

  const first = insert(1).then(() => Promise.all([insert(2), insert(3)]));
  await Promise.all([first, insert(4)]);

  assert.deepEqual(numbers(), [1, 2, 3, 4]);
  await database.close();
});

test("closing waits for what is being written, and refuses what comes later", async () => {
  const { database, insert } = open("closing.db");
  const written = insert(1);

  const closed = database.close();

  await assert.rejects(insert(2), /closed/);
  await written;
  await closed;
  const again = open("closing.db");
  assert.deepEqual(again.numbers(), [1]);
  await again.database.close();
});
