import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { SECRETS } from "../resources/core.ts";
import { type Database, openDatabase } from "../sqlite.ts";
import { openStore, type Store, type StoredObject } from "./store.ts";
import { KUBE_MIGRATIONS } from "./store-schema.ts";

const directory = mkdtempSync(join(tmpdir(), "store-"));
after(() => rmSync(directory, { recursive: true, force: true }));
let files = 0;

function openMemory(): Database {
  return openDatabase({ path: ":memory:", migrations: KUBE_MIGRATIONS });
}

function secret(name: string, text = "", owner?: string): StoredObject {
  const owners = owner ? { ownerReferences: [{ apiVersion: "v1", kind: "Secret", name: owner, uid: owner }] } : {};
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "ns", uid: name, ...owners }, text };
}

function put(store: Store, object: StoredObject): Promise<StoredObject> {
  return store.transact((transaction) => transaction.put(SECRETS, object));
}

function remove(store: Store, object: StoredObject): Promise<StoredObject> {
  return store.transact((transaction) => transaction.remove(SECRETS, object));
}

function seen(store: Store, revision: number): readonly string[] | undefined {
  return store
    .since("secrets", revision, 100)
    ?.changes.map(({ type, object, previous }) => `${type} ${previous?.["text"] ?? "-"} > ${object["text"]}`);
}

test("the past is as it was, and a change knows what was before", async () => {
  const store = openStore(openMemory());
  await put(store, secret("a", "1"));
  const at = store.revision();
  await put(store, secret("a", "2"));
  await put(store, secret("b", "1"));
  await remove(store, secret("a", "2"));

  const past = store.read.list(SECRETS, { at }).map((one) => one["text"]);
  const present = store.read.list(SECRETS).map(({ metadata }) => metadata.name);

  assert.deepEqual(past, ["1"]);
  assert.deepEqual(present, ["b"]);
  assert.deepEqual(seen(store, 0), ["ADDED - > 1", "MODIFIED 1 > 2", "ADDED - > 1", "DELETED 2 > 2"]);
  assert.equal(store.read.count(SECRETS, { at }), 1);
});

test("changes come from memory and from disk alike", async () => {
  const database = openMemory();
  const writer = openStore(database);
  for (const text of ["1", "2", "3"]) await put(writer, secret("a", text));
  const reader = openStore(database);

  assert.deepEqual(seen(writer, 1), ["MODIFIED 1 > 2", "MODIFIED 2 > 3"]);
  assert.deepEqual(seen(reader, 1), seen(writer, 1));
});

test("a write that throws leaves nothing, and the revision stays", async () => {
  const store = openStore(openMemory());
  const told: number[] = [];
  store.subscribe(({ revision }) => told.push(revision));

  const refused = store.transact((transaction) => {
    transaction.put(SECRETS, secret("a"));
    throw new RangeError("refused");
  });

  await assert.rejects(refused, RangeError);
  assert.deepEqual([store.revision(), store.read.list(SECRETS), told], [0, [], []]);
});

for (const [bound, options] of [
  ["number", { maxHistory: 100 }],
  ["bytes", { maxHistoryBytes: 20_000 }],
] as const) {
  test(`history is bounded in ${bound}, and what is forgotten is said to be`, async () => {
    const database = openMemory();
    const store = openStore(database, options);
    await put(store, secret("kept", "x"));
    for (let number = 0; number < 1_000; number++) await put(store, secret("a", String(number)));
    const reader = openStore(database);

    const rows = database.read((db) => db.prepare("SELECT count(*) AS n FROM content").get()?.["n"]);

    assert.ok(Number(rows) <= 700, `${rows} versions are kept`);
    assert.equal(reader.since("secrets", 0, 10), undefined);
    assert.ok(store.compacted() > 0);
    assert.deepEqual(seen(reader, store.revision() - 1), ["MODIFIED 998 > 999"]);
    const names = reader.read.list(SECRETS, { at: store.compacted() }).map(({ metadata }) => metadata.name);
    assert.deepEqual(names, ["a", "kept"]);
  });
}

test("after a restart the history goes on", async () => {
  const path = join(directory, `${files++}.db`);
  const first = openDatabase({ path, migrations: KUBE_MIGRATIONS });
  const before = openStore(first);
  await put(before, secret("a", "1"));
  const at = before.revision();
  await put(before, secret("a", "2"));
  await first.close();
  const second = openDatabase({ path, migrations: KUBE_MIGRATIONS });
  const store = openStore(second);

  const missed = seen(store, at);
  await put(store, secret("a", "3"));

  assert.deepEqual(missed, ["MODIFIED 1 > 2"]);
  assert.deepEqual(seen(store, at), ["MODIFIED 1 > 2", "MODIFIED 2 > 3"]);
  await second.close();
});

test("a file of the first schema keeps its objects and forgets its history", async () => {
  const path = join(directory, `${files++}.db`);
  const old = openDatabase({ path, migrations: KUBE_MIGRATIONS.slice(0, 1) });
  const body = secret("a", "1", "owner");
  const stored = { ...body, metadata: { ...body.metadata, resourceVersion: "7" } };
  await old.write((db) => {
    db.exec("UPDATE revision SET value = 9");
    db.prepare("INSERT INTO object VALUES ('secrets', 'ns/a', 'ns', ?)").run(JSON.stringify(stored));
  });
  await old.close();
  const database = openDatabase({ path, migrations: KUBE_MIGRATIONS });
  const store = openStore(database);

  const changed = await put(store, secret("a", "2"));

  assert.equal(changed.metadata.resourceVersion, "10");
  assert.equal(store.since("secrets", 8, 10), undefined);
  assert.deepEqual(openStore(database).since("secrets", 9, 10)?.changes[0]?.previous, stored);
  assert.deepEqual(store.read.dependents("owner"), []);
  await database.close();
});

test("dependents are found by their owner's uid while they name it", async () => {
  const store = openStore(openMemory());
  await put(store, secret("a", "", "owner"));
  const named = store.read.dependents("owner");
  await put(store, secret("a"));

  assert.deepEqual(named, [{ plural: "secrets", key: "ns/a" }]);
  assert.deepEqual(store.read.dependents("owner"), []);
});

test("an object that is damaged on disk is said to be, and nothing of it is quoted", async () => {
  const database = openMemory();
  const store = openStore(database);
  await put(store, secret("a"));
  database.read((db) => db.exec("UPDATE content SET body = 'hunter2'"));

  assert.throws(
    () => store.read.list(SECRETS),
    (error) => error instanceof Error && /^a stored object is damaged/.test(error.message) && error.cause === undefined,
  );
});
