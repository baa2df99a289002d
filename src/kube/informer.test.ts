// Whoever listens to an informer late, or for a while. What bad servers do to one is in `test/contract/informer*.test.ts`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startKube, type TestKube } from "../../test/support/kube.ts";
import { settle } from "../../test/support/settle.ts";
import { createTestClock, HALF } from "../../test/support/test-clock.ts";
import { KubeError, TransportError } from "../errors.ts";
import { NAMESPACES, type Namespace } from "../resources/core.ts";
import { type Change, createInformer } from "./informer.ts";

async function runInformer(t: { after(work: () => void): void }, network: TestKube["network"] = () => undefined) {
  const stop = new AbortController();
  t.after(() => stop.abort());
  const clock = createTestClock();
  const kube = await startKube({ clock, random: HALF, signal: stop.signal });
  kube.network = network;
  const { client } = kube;
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  const informer = createInformer<Namespace>({ client, resource: NAMESPACES, clock, random: HALF, log });
  void informer.run(stop.signal);
  await informer.synced;
  const make = async (name: string) => {
    await kube.admin.create<Namespace>(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    await settle(30);
  };
  return { clock, informer, make, lines };
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

const tooOld = () => Promise.reject(new KubeError("too old", { status: 410, reason: "Expired" }));

test("a copy that an outage made too old is listed again at once without a word, whatever the outage's pauses were", async (t) => {
  const away = () => Promise.reject(new TransportError("away", { problem: "unreachable", isRetryable: true }));
  let watch: TestKube["network"] = away;
  const watches: TestKube["network"] = (request) => (request.url.includes("watch=") ? watch(request) : undefined);
  const { clock, informer, make, lines } = await runInformer(t, watches);
  await clock.advance(60_000);
  await make("late");
  let isTold = false;
  watch = () => {
    isTold = true;
    watch = () => undefined;
    return tooOld();
  };

  while (!isTold) await clock.advance(1_000);
  await clock.advance(2_000);

  assert.ok(informer.get("late"));
  assert.equal(lines.length, 2, lines.join("\n"));
  assert.match(lines.join("\n"), /^API server away: .*\nAPI server back after [\d.]+ s$/);
});

test("each restart of a server whose watches had nothing to tell passes without a word", async (t) => {
  const ends: (() => void)[] = [];
  const fault = () => new TransportError("cut", { problem: "cut-short", isRetryable: true });
  async function* untilRestart(): AsyncIterable<Uint8Array> {
    await new Promise<void>((resolve) => void ends.push(resolve));
    throw fault();
  }
  let answers = 0;
  const { clock, lines } = await runInformer(t, ({ url }) => {
    if (!url.includes("watch=")) return undefined;
    answers += 1;
    return answers % 2 === 0 ? tooOld() : Promise.resolve({ status: 200, headers: {}, body: untilRestart() });
  });

  for (let restart = 1; restart <= 3; restart += 1) {
    await clock.advance(20_000);
    ends.at(-1)?.();
    await clock.advance(1_000);
  }

  assert.equal(ends.length, 4);
  assert.deepEqual(lines, []);
});

test("a server to which every copy is too old is told of once", async (t) => {
  const { clock, lines } = await runInformer(t, ({ url }) => (url.includes("watch=") ? tooOld() : undefined));

  await clock.advance(60_000);

  assert.deepEqual(lines, ["watching namespaces fails: too old; trying again"]);
});
