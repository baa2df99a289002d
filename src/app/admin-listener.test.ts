import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { adminToken } from "./admin-listener.ts";
import { openDataDirectory } from "./data-directory.ts";
import { SYSTEM_RANDOM } from "./system.ts";

const path = mkdtempSync(join(tmpdir(), "dockbell-admin-"));
const directory = openDataDirectory(path);
after(() => {
  directory.release();
  rmSync(path, { recursive: true });
});

test("a token of our own making is kept for the next start", async () => {
  const [first, second] = [await adminToken(directory, SYSTEM_RANDOM), await adminToken(directory, SYSTEM_RANDOM)];

  assert.match(first(), /^[\w-]{43}$/);
  assert.equal(second(), first());
});

for (const left of ["", "\n", "short"]) {
  test(`${JSON.stringify(left)} in the place of our own token is no token: another is made`, async () => {
    directory.write("admin-token", left);

    const token = await adminToken(directory, SYSTEM_RANDOM);

    assert.match(token(), /^[\w-]{43}$/);
  });
}

test("a token file may change while we run, and be gone for a moment", async () => {
  const file = join(path, "token");
  writeFileSync(file, "the-first-of-them\n");
  const token = await adminToken(directory, SYSTEM_RANDOM, file);
  const seen = [token()];
  rmSync(file);
  seen.push(token());
  writeFileSync(file, "the-second-of-them\n");
  seen.push(token());

  assert.deepEqual(seen, ["the-first-of-them", "the-first-of-them", "the-second-of-them"]);
});

test("a token file that is missing or empty at the start is refused with its setting", async () => {
  const file = join(path, "empty");
  writeFileSync(file, "\n");

  await assert.rejects(adminToken(directory, SYSTEM_RANDOM, file), /^InputError: --admin-token-file: .* it is empty$/);
  await assert.rejects(
    adminToken(directory, SYSTEM_RANDOM, join(path, "none")),
    /^InputError: --admin-token-file: .*ENOENT/,
  );
});

test("a token file whose token can be guessed is refused with its setting and the least length", async () => {
  const file = join(path, "short");
  writeFileSync(file, `${"x".repeat(15)}\n`);

  await assert.rejects(
    adminToken(directory, SYSTEM_RANDOM, file),
    /^InputError: --admin-token-file: .* it has 15 characters, and 16 are the least$/,
  );
});

test("a token file that no header can carry is refused with its setting", async () => {
  const file = join(path, "two-lines");
  writeFileSync(file, "first\nsecond\n");

  await assert.rejects(
    adminToken(directory, SYSTEM_RANDOM, file),
    /^InputError: --admin-token-file: .*one line of ASCII/,
  );
});
