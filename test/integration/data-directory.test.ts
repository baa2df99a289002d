// What docs/running.md promises of the data directory: a copy goes on elsewhere, and an older Dockbell leaves a newer one's alone.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { DELIVERY_MIGRATIONS } from "../../src/deliveries/schema.ts";
import { openDatabase } from "../../src/sqlite.ts";
import { createDockbell } from "../support/dockbell.ts";
import { payload } from "../support/receiving.ts";

const original = createDockbell();
const restored = createDockbell();
const vanished = createDockbell();
after(() => Promise.all([original.dispose(), restored.dispose(), vanished.dispose()]));

test("a copy of a stopped data directory goes on as the original would have", async () => {
  await original.start("--example");
  await original.run("send", "--data-dir", original.directory, "--tag", "1.2.0");
  const url = await original.run("receivers", "url", "--data-dir", original.directory);
  await original.stop("SIGTERM");

  cpSync(original.directory, restored.directory, { recursive: true });
  await restored.start("--example", "--base-url", new URL(url.output).origin);

  const found = await restored.run("wait", "app", "--tag", "1.2.0", "--data-dir", restored.directory);
  assert.equal(found.output, "kargo-demo/app discovered 1.2.0\n");
  assert.equal((await restored.run("receivers", "url", "--data-dir", restored.directory)).output, url.output);
});

test("a data directory that a newer Dockbell wrote is refused and left as it is", async () => {
  await restored.stop("SIGTERM");
  const file = join(original.directory, "deliveries.db");
  const database = new DatabaseSync(file);
  database.exec("PRAGMA user_version=1000");
  database.close();

  const { code, output } = await original.run("up", "--data-dir", original.directory, "--listen", "127.0.0.1:0");

  assert.equal(code, 2);
  assert.match(output, /deliveries\.db was written by a newer Dockbell \(schema 1000, this one knows \d+\): upgrade/);
});

for (const { name, spoil, why } of [
  { name: "blobs", spoil: (file: string) => writeFileSync(file, ""), why: /EEXIST: file already exists/ },
  { name: "deliveries.db", spoil: (file: string) => writeFileSync(file, "x".repeat(9_000)), why: /not a database/ },
  { name: "deliveries.db", spoil: spoilSecondPage, why: /database disk image is malformed/ },
]) {
  test(`${name} that cannot be used (${why.source}) is refused with its path and what to do`, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), "dockbell-spoilt-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const path = join(directory, name);
    const database = openDatabase({ path: join(directory, "deliveries.db"), migrations: DELIVERY_MIGRATIONS });
    await database.close();
    spoil(path);

    const { code, output } = await original.run("up", "--data-dir", directory, "--listen", "127.0.0.1:0");

    assert.equal(code, 2);
    assert.ok(output.startsWith(`dockbell: ${path} cannot be used (`), output);
    assert.match(output, why);
    assert.match(output, /or remove it to have it made anew, which loses .*; or choose another --data-dir$/m);
  });
}

/** The first is the schema's: whoever reads the deliveries finds out, and not who opens the file. */
function spoilSecondPage(file: string): void {
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(255, 8_192, 16_384));
}

test("a push is not accepted once the data directory is gone: it would be lost", async () => {
  await vanished.start("--example");
  const { output: url } = await vanished.run("receivers", "url", "--data-dir", vanished.directory);
  const admin = readFileSync(join(vanished.directory, "admin-url"), "utf8");
  const token = readFileSync(join(vanished.directory, "admin-token"), "utf8");
  const headers = { authorization: `Bearer ${token}` };
  rmSync(vanished.directory, { recursive: true });

  const ready = await fetch(`${admin}/readyz`, { headers });
  const body = payload("example/app", "1.0.0");
  const answers = [
    await fetch(url.trim(), { method: "POST", body }),
    await fetch(url.trim(), { method: "POST", body }),
  ];

  assert.deepEqual([ready.status, answers.map(({ status }) => status)], [503, [500, 500]]);
  assert.match(await ready.text(), /"reason":"[^"]*deliveries\.db cannot be written: it is not at its path any more/);
  const told = vanished.output().match(/writing \S*deliveries\.db fails: .*$/gm);
  assert.equal(told?.length, 1, vanished.output());
});
