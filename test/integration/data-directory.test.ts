// What docs/running.md promises of the data directory: a copy goes on elsewhere, and an older Dockbell leaves a newer one's alone.
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { createDockbell } from "../support/dockbell.ts";

const original = createDockbell();
const restored = createDockbell();
after(() => Promise.all([original.dispose(), restored.dispose()]));

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
