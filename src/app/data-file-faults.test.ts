import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { openDatabase } from "../sqlite.ts";
import { fileFault, startFault } from "./data-file-faults.ts";

const directory = mkdtempSync(join(tmpdir(), "dockbell-faults-"));
after(() => rmSync(directory, { recursive: true }));
const file = join(directory, "deliveries.db");

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

/** A disk that fails cannot be had here. */
function sqliteError(errcode: number, message: string): Error {
  return Object.assign(new Error(message), { code: "ERR_SQLITE_ERROR", errcode });
}

for (const [errcode, why] of [
  [7, "out of memory"],
  [10 | (1 << 8), "disk I/O error"],
  [15, "locking protocol"],
] as const) {
  test(`no file is to be removed for "${why}", which its content has no part in`, () => {
    const told = String(fileFault(file, sqliteError(errcode, why)));

    const advice = "end what keeps it from being used, or choose another --data-dir";
    assert.equal(told, `InputError: ${file} cannot be used (${why}): ${advice}`);
  });
}

test("a path that cannot be followed costs nothing that is behind it", () => {
  const loop = join(directory, "token");
  symlinkSync(loop, loop);

  const told = String(
    fileFault(
      loop,
      thrownBy(() => readFileSync(loop)),
    ),
  );

  assert.match(told, /token cannot be used \(ELOOP: .*\): end what keeps it from being used, or choose another/);
});

test("what is damaged, or is no file, is to be restored or removed, with what that loses", () => {
  const folder = join(directory, "kube-port");
  mkdirSync(folder);

  const told = [
    fileFault(
      folder,
      thrownBy(() => readFileSync(folder)),
    ),
    fileFault(file, sqliteError(11 | (1 << 8), "database disk image is malformed")),
    fileFault(file, sqliteError(26, "file is not a database")),
  ].map(String);

  for (const text of told) assert.match(text, /: restore it from a backup, or remove it .*, which loses (what|the) /);
});

test("a start that finds a database gone from its path ends with the path and what to do", async () => {
  const path = join(directory, "kube.db");
  const database = openDatabase({ path, migrations: [(db) => db.exec("CREATE TABLE t (n)")] });
  renameSync(path, `${path}.away`);
  const refused = await database.write((db) => db.exec("INSERT INTO t VALUES (1)")).catch((error: unknown) => error);
  renameSync(`${path}.away`, path);
  await database.close();

  const told = String(startFault(directory, refused));

  assert.equal(
    told,
    `InputError: ${path} cannot be written: it is not at its path any more: put it back, or start Dockbell again`,
  );
});

test("a start that a database cannot be read for ends with its path", () => {
  const folder = mkdtempSync(join(directory, "unread-"));
  const path = join(folder, "deliveries.db");
  mkdirSync(path);

  const told = String(
    startFault(
      folder,
      thrownBy(() => new DatabaseSync(path, { readOnly: true })),
    ),
  );

  assert.match(told, new RegExp(`^InputError: ${path} cannot be used \\(disk I/O error\\): end what keeps it`));
});

test("of two databases the damaged one is named, though the other cannot be opened", () => {
  const folder = mkdtempSync(join(directory, "two-"));
  mkdirSync(join(folder, "kube.db"));
  writeFileSync(join(folder, "deliveries.db"), "x".repeat(9_000));

  const told = String(startFault(folder, sqliteError(26, "file is not a database")));

  assert.match(told, new RegExp(`^InputError: ${join(folder, "deliveries.db")} cannot be used`));
});

test("an error of SQLite's that no database shows stays as it is", () => {
  const folder = mkdtempSync(join(directory, "none-"));
  mkdirSync(join(folder, "kube.db"));
  const met = sqliteError(26, "file is not a database");

  assert.equal(startFault(folder, met), met);
});
