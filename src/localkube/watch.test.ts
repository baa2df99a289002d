import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createTestClock, HALF } from "../../test/support/test-clock.ts";
import { SECRETS } from "../resources/core.ts";
import { openDatabase } from "../sqlite.ts";
import { openStore, type Store, type StoredObject } from "./store.ts";
import { KUBE_MIGRATIONS } from "./store-schema.ts";
import { type WatchOptions, watchStream } from "./watch.ts";

function openMemory(options = {}): Store {
  return openStore(openDatabase({ path: ":memory:", migrations: KUBE_MIGRATIONS }), options);
}

function secret(name: string, text = ""): StoredObject {
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "ns" }, text };
}

async function put(store: Store, object: StoredObject): Promise<void> {
  await store.transact((transaction) => transaction.put(SECRETS, object));
}

interface Watched {
  /** `TYPE text`, or what a bookmark or an error says; undefined when the stream has ended. */
  next(): Promise<readonly string[] | undefined>;
}

function watch(store: Store, options: Partial<WatchOptions>): Watched {
  const stream = watchStream({
    ...{ store, clock: createTestClock(), random: HALF, resource: SECRETS, namespace: undefined },
    ...{ matches: () => true, render: (object: StoredObject) => object, after: undefined },
    ...{ wantsBookmarks: false, marksInitialEnd: false, timeoutSeconds: undefined, bookmarkEveryMs: 60_000 },
    signal: new AbortController().signal,
    ...options,
  })[Symbol.asyncIterator]();
  return {
    async next() {
      const { value, done } = await stream.next();
      return done ? undefined : Buffer.from(value).toString().trim().split("\n").map(shown);
    },
  };
}

function shown(line: string): string {
  const { type, object } = JSON.parse(line) as { type: string; object: StoredObject };
  const said = object["message"] ?? object["text"] ?? object.metadata.resourceVersion;
  return `${type} ${said}`;
}

test("a client that reads slowly gets everything that is still known", async () => {
  const store = openMemory();
  const watched = watch(store, { after: 0 });
  for (let number = 0; number < 250; number++) await put(store, secret("a", String(number)));

  const sizes = [await watched.next(), await watched.next(), await watched.next()].map((lines) => lines?.length);

  assert.deepEqual(sizes, [100, 100, 50]);
});

test("a client that reads too slowly is told that its place is forgotten, and dropped", async () => {
  const store = openMemory({ maxHistory: 100 });
  await put(store, secret("a", "first"));
  const watched = watch(store, {});
  const initial = await watched.next();
  for (let number = 0; number < 2_600; number++) await put(store, secret("a", "x".repeat(1_000)));

  const refused = await watched.next();

  assert.deepEqual(initial, ["ADDED first"]);
  assert.match(String(refused), /^ERROR too old resource version: 1 \(\d+\)$/);
  assert.equal(await watched.next(), undefined);
});

test("a bookmark comes when it is due, and names what was seen", async () => {
  const store = openMemory();
  const clock = createTestClock();
  const watched = watch(store, { clock, after: 0, wantsBookmarks: true });
  const first = watched.next();
  await clock.advance(60_000);
  const second = watched.next();
  await put(store, secret("a", "1"));
  const seen = [await first, await second];
  const third = watched.next();
  await clock.advance(60_000);

  assert.deepEqual([...seen, await third], [["BOOKMARK 0"], ["ADDED 1"], ["BOOKMARK 1"]]);
});

test("without a limit a watch ends by itself, and an aborted one at once", async () => {
  const store = openMemory();
  const clock = createTestClock();
  const stop = new AbortController();
  const unlimited = watch(store, { clock, after: 0 }).next();
  const aborted = watch(store, { clock, after: 0, signal: stop.signal }).next();
  stop.abort();
  await clock.advance(2_700_000);

  assert.deepEqual([await unlimited, await aborted], [undefined, undefined]);
});

test("100,000 watch events leave memory flat", async () => {
  const store = openMemory({ maxHistoryBytes: 1_000_000 });
  const signal = new AbortController();
  let events = 0;
  const follow = async () => {
    for (let watched = watch(store, { after: store.revision(), signal: signal.signal }); ; ) {
      const lines = await watched.next();
      if (!lines) return;
      events += lines.length;
    }
  };
  const followers = Array.from({ length: 40 }, follow);
  const write = async (count: number) => {
    const objects = Array.from({ length: count }, (_, number) => secret(`s${number % 100}`, "x".repeat(500)));
    for (let start = 0; start < count; start += 50) {
      await Promise.all(objects.slice(start, start + 50).map((object) => put(store, object)));
    }
  };
  await write(500);
  const before = heapBytes();

  await write(2_500);
  const grown = heapBytes() - before;
  signal.abort();
  await Promise.all(followers);

  assert.equal(events, 40 * 3_000);
  assert.ok(grown < 8_000_000, `the heap grew by ${grown} bytes`);
});

function heapBytes(): number {
  setFlagsFromString("--expose_gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}
