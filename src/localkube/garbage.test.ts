import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "../../test/support/settle.ts";
import { createTestClock, HALF, type TestClock } from "../../test/support/test-clock.ts";
import { EVENTS, NAMESPACES, SECRETS } from "../resources/core.ts";
import { openDatabase } from "../sqlite.ts";
import type { Background } from "./background.ts";
import { expireObjects } from "./expiry.ts";
import { collectGarbage } from "./garbage.ts";
import { purgeNamespaces } from "./namespaces.ts";
import { openStore, type Store, type StoredObject } from "./store.ts";
import { KUBE_MIGRATIONS } from "./store-schema.ts";

const DELETED = { deletionTimestamp: "2026-11-24T12:00:00Z" };

function openMemory(): Pick<Background, "store"> & { clock: TestClock; background: Background; errors: unknown[] } {
  const store = openStore(openDatabase({ path: ":memory:", migrations: KUBE_MIGRATIONS }));
  const errors: unknown[] = [];
  const clock = createTestClock();
  const { signal } = new AbortController();
  const background = { store, clock, random: HALF, signal, onError: (error: unknown) => void errors.push(error) };
  return { store, clock, background, errors };
}

function secret(name: string, metadata: object = {}): StoredObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    type: "Opaque",
    metadata: { name, namespace: "ns", uid: name, ...metadata },
  };
}

function ownedBy(...owners: readonly string[]): object {
  const reference = (name: string) => ({ apiVersion: "v1", kind: "Secret", name, uid: name, blockOwnerDeletion: true });
  return { ownerReferences: owners.map(reference) };
}

async function put(store: Store, ...objects: readonly StoredObject[]): Promise<void> {
  await store.transact((transaction) => {
    for (const object of objects) transaction.put(SECRETS, object);
  });
}

async function namesIn(store: Store): Promise<readonly string[]> {
  for (let round = 0; round < 20; round++) await settle();
  return store.read.list(SECRETS).map(({ metadata }) => metadata.name);
}

test("an object goes when the last of its owners is gone", async () => {
  const { store, background } = openMemory();
  collectGarbage(background);
  await put(store, secret("a"), secret("b"), secret("of-both", ownedBy("a", "b")));
  await store.transact((transaction) => transaction.remove(SECRETS, secret("a")));

  const first = await namesIn(store);
  const left = store.read.get(SECRETS, "ns/of-both")?.metadata.ownerReferences;
  await store.transact((transaction) => transaction.remove(SECRETS, secret("b")));
  const second = await namesIn(store);

  assert.deepEqual([first, left?.map(({ name }) => name), second], [["b", "of-both"], ["b"], []]);
});

test("an owner of an unknown kind counts as there", async () => {
  const { store, background } = openMemory();
  collectGarbage(background);
  const owner = { apiVersion: "apps/v1", kind: "Deployment", name: "d", uid: "d" };

  await put(store, secret("of-deployment", { ownerReferences: [owner] }));

  assert.deepEqual(await namesIn(store), ["of-deployment"]);
});

test("foreground deletion waits for the dependents that block, through their finalizers", async () => {
  const { store, background } = openMemory();
  collectGarbage(background);
  await put(store, secret("owner"), secret("held", { ...ownedBy("owner"), finalizers: ["example.com/x"] }));
  await put(store, secret("owner", { ...DELETED, finalizers: ["foregroundDeletion"] }));

  const waiting = await namesIn(store);
  const isDeleting = store.read.get(SECRETS, "ns/held")?.metadata.deletionTimestamp !== undefined;
  await store.transact((transaction) => transaction.remove(SECRETS, secret("held", ownedBy("owner"))));

  assert.deepEqual([waiting, isDeleting], [["held", "owner"], true]);
  assert.deepEqual(await namesIn(store), []);
});

test("what a former run left is finished at the next start", async () => {
  const { store, background } = openMemory();
  await put(store, secret("free", { ...DELETED, finalizers: ["orphan"] }), secret("of-free", ownedBy("free")));
  await put(store, secret("of-nobody", ownedBy("gone")));

  collectGarbage(background);

  assert.deepEqual(await namesIn(store), ["of-free"]);
  assert.equal(store.read.get(SECRETS, "ns/of-free")?.metadata.ownerReferences, undefined);
});

test("a Namespace that was being deleted goes on at the next start, and waits for finalizers in it", async () => {
  const { store, clock, background } = openMemory();
  const metadata = { name: "ns", uid: "ns", ...DELETED };
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata, spec: { finalizers: ["kubernetes"] } };
  await store.transact((transaction) => transaction.put(NAMESPACES, namespace));
  await put(store, secret("a"), secret("held", { finalizers: ["example.com/x"] }));

  purgeNamespaces(background);
  await clock.advance(1_000);
  const waiting = await namesIn(store);
  await store.transact((transaction) => transaction.remove(SECRETS, secret("held")));
  await namesIn(store);

  assert.deepEqual(waiting, ["held"]);
  assert.equal(store.read.get(NAMESPACES, "ns"), undefined);
});

test("Events go an hour after they were last seen", async () => {
  const { store, clock, background } = openMemory();
  const event = (name: string, lastTimestamp: string) => ({
    ...{ apiVersion: "v1", kind: "Event", lastTimestamp },
    metadata: { name, namespace: "ns", creationTimestamp: "2026-11-24T11:59:00Z" },
  });
  await store.transact((transaction) => {
    transaction.put(EVENTS, event("once", "2026-11-24T11:59:00Z"));
    transaction.put(EVENTS, event("again", "2026-11-24T12:30:00Z"));
  });

  void expireObjects(background);
  await clock.advance(3_600_000);
  await namesIn(store);

  assert.deepEqual(
    store.read.list(EVENTS).map(({ metadata }) => metadata.name),
    ["again"],
  );
});

/** As a disk that is full until the returned function is called. */
function fillDisk(background: Background): { full: Background; makeRoom(): void } {
  const { store } = background;
  let isFull = true;
  const transact: Store["transact"] = (work) =>
    isFull ? Promise.reject(new Error("database or disk is full")) : store.transact(work);
  const full = {
    ...background,
    store: { ...store, read: store.read, subscribe: store.subscribe.bind(store), transact },
  };
  return {
    full,
    makeRoom() {
      isFull = false;
    },
  };
}

test("garbage collection goes on after a full disk", async () => {
  const { store, background, errors } = openMemory();
  const { full, makeRoom } = fillDisk(background);
  collectGarbage(full);
  await put(store, secret("a"), secret("b"), secret("of-a", ownedBy("a")), secret("of-b", ownedBy("b")));
  await store.transact((transaction) => transaction.remove(SECRETS, secret("a")));
  await namesIn(store);

  makeRoom();
  await store.transact((transaction) => transaction.remove(SECRETS, secret("b")));

  assert.deepEqual([await namesIn(store), String(errors[0])], [["of-a"], "Error: database or disk is full"]);
});

test("expiry goes on after a full disk", async () => {
  const { store, clock, background, errors } = openMemory();
  const { full, makeRoom } = fillDisk(background);
  const metadata = { name: "old", namespace: "ns", creationTimestamp: "2026-11-24T10:00:00Z" };
  await store.transact((transaction) => transaction.put(EVENTS, { apiVersion: "v1", kind: "Event", metadata }));
  void expireObjects(full);
  await namesIn(store);

  makeRoom();
  await clock.advance(60_000);
  await namesIn(store);

  assert.deepEqual([store.read.list(EVENTS), errors.length], [[], 1]);
});
