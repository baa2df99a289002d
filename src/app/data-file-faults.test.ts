import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileFault } from "./data-file-faults.ts";

const directory = mkdtempSync(join(tmpdir(), "dockbell-faults-"));
after(() => rmSync(directory, { recursive: true }));
const file = join(directory, "deliveries.db");

/** What reading the file throws; a disk that fails cannot be had here. */
function readingThrows(path: string): unknown {
  try {
    return readFileSync(path);
  } catch (error) {
    return error;
  }
}

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

  const told = String(fileFault(loop, readingThrows(loop)));

  assert.match(told, /token cannot be used \(ELOOP: .*\): end what keeps it from being used, or choose another/);
});

test("what is damaged, or is no file, is to be restored or removed, with what that loses", () => {
  const folder = join(directory, "kube-port");
  mkdirSync(folder);

  const told = [
    fileFault(folder, readingThrows(folder)),
    fileFault(file, sqliteError(11 | (1 << 8), "database disk image is malformed")),
    fileFault(file, sqliteError(26, "file is not a database")),
  ].map(String);

  for (const text of told) assert.match(text, /: restore it from a backup, or remove it .*, which loses (what|the) /);
});
