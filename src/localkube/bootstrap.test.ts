import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { NAMESPACES } from "../resources/core.ts";
import { openDatabase } from "../sqlite.ts";
import { bootstrap } from "./bootstrap.ts";
import { CUSTOM_RESOURCE_DEFINITIONS } from "./kinds.ts";
import { openStore } from "./store.ts";
import { KUBE_MIGRATIONS } from "./store-schema.ts";

const directory = mkdtempSync(join(tmpdir(), "dockbell-bootstrap-"));
const database = openDatabase({ path: join(directory, "kube.db"), migrations: KUBE_MIGRATIONS });
after(() => {
  database.close();
  rmSync(directory, { recursive: true });
});

const clock = { now: () => 0, monotonicMs: () => 0, sleep: () => Promise.resolve() };
const random = { bytes: (length: number) => new Uint8Array(length), fraction: () => 0 };
const store = openStore(database);

test("the first start makes the Namespace default and the definitions, and the next start nothing", async () => {
  await bootstrap({ store, clock, random });
  const revision = store.revision();
  await bootstrap({ store, clock, random });

  assert.equal(store.read.get(NAMESPACES, "default")?.status?.["phase"], "Active");
  assert.equal(store.read.list(CUSTOM_RESOURCE_DEFINITIONS).length, 5);
  assert.equal(store.revision(), revision);
});

test("a definition of an older program is brought up to date, as the same object", async () => {
  const name = "projects.kargo.akuity.io";
  const current = store.read.get(CUSTOM_RESOURCE_DEFINITIONS, name);
  assert.ok(current);
  await store.transact((transaction) => transaction.put(CUSTOM_RESOURCE_DEFINITIONS, { ...current, spec: {} }));

  await bootstrap({ store, clock, random });

  const updated = store.read.get(CUSTOM_RESOURCE_DEFINITIONS, name);
  assert.deepEqual(updated?.spec, current.spec);
  assert.equal(updated?.metadata.uid, current.metadata.uid);
  assert.equal(updated?.metadata.generation, 2);
});
