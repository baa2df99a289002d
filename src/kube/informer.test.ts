// Whoever listens to an informer late, or for a while. What bad servers do to one is in `test/contract/informer*.test.ts`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startKube } from "../../test/support/kube.ts";
import { settle } from "../../test/support/settle.ts";
import { createTestClock, HALF } from "../../test/support/test-clock.ts";
import { NAMESPACES, type Namespace } from "../resources/core.ts";
import { type Change, createInformer } from "./informer.ts";

async function runInformer(t: { after(work: () => void): void }) {
  const stop = new AbortController();
  t.after(() => stop.abort());
  const clock = createTestClock();
  const kube = await startKube({ clock, random: HALF, signal: stop.signal });
  const { client } = kube;
  const informer = createInformer<Namespace>({ client, resource: NAMESPACES, clock, random: HALF, log: () => {} });
  void informer.run(stop.signal);
  await informer.synced;
  const make = async (name: string) => {
    await kube.admin.create<Namespace>(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    await settle(30);
  };
  return { informer, make };
}

const told = (changes: readonly Change<Namespace>[]) =>
  changes.map(({ key, previous, isRelisted }) => `${key}${previous ? "" : " new"}${isRelisted ? " listed" : ""}`);

test("who listens late is told of everything there is, then of each change", async (t) => {
  const { informer, make } = await runInformer(t);
  await make("a");
  const changes: Change<Namespace>[] = [];

  informer.subscribe((change) => changes.push(change));
  const before = told(changes);
  await make("b");

  assert.ok(before.includes("a new listed"));
  assert.deepEqual(told(changes).slice(before.length), ["b new"]);
});

test("who listened for a while is told of nothing any more", async (t) => {
  const { informer, make } = await runInformer(t);
  const changes: Change<Namespace>[] = [];
  const end = new AbortController();
  informer.subscribe((change) => changes.push(change), end.signal);
  const before = changes.length;

  end.abort();
  await make("a");
  informer.subscribe((change) => changes.push(change), end.signal);

  assert.equal(changes.length, before);
});
