import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestClock, HALF } from "../test/support/test-clock.ts";
import { KubeError } from "./errors.ts";
import { createKeyedQueue, type WorkResult } from "./queue.ts";

type Work = (key: string, signal: AbortSignal) => Promise<WorkResult>;

function createQueue(work: Work, limits = { concurrency: 4, concurrencyPerNamespace: 2 }) {
  const clock = createTestClock();
  const stop = new AbortController();
  const failures: string[] = [];
  const queue = createKeyedQueue({
    clock,
    random: HALF,
    ...limits,
    work,
    backoff: { baseMs: 100, capMs: 1_000 },
    onError: (key, _error, attempt, retryInMs) => void failures.push(`${key} ${attempt} ${retryInMs}`),
  });
  return { queue, clock, stop, failures, running: queue.run(stop.signal) };
}

/** Work that ends when the test says so. */
function createGates() {
  const begun: string[] = [];
  const open = new Map<string, () => void>();
  const work: Work = (key) => {
    begun.push(key);
    return new Promise((resolve) => open.set(key, () => resolve("done")));
  };
  return { begun, work, finish: (key: string) => open.get(key)?.() };
}

test("a key never runs twice at once, and one that came meanwhile runs once more", async () => {
  const { begun, work, finish } = createGates();
  const { queue, clock } = createQueue(work);
  queue.add("a/x");
  queue.add("a/x");
  queue.add("a/x");
  await clock.advance(0);
  const atFirst = begun.length;

  finish("a/x");
  await clock.advance(0);
  finish("a/x");
  await clock.advance(0);

  assert.equal(atFirst, 1);
  assert.deepEqual(begun, ["a/x", "a/x"]);
});

test("namespaces take turns, whoever came first", async () => {
  const { begun, work, finish } = createGates();
  const { queue, clock } = createQueue(work, { concurrency: 1, concurrencyPerNamespace: 1 });
  for (const key of ["flood/1", "flood/2", "flood/3", "flood/4", "calm/1", "still/1"]) queue.add(key);

  for (let turn = 0; turn < 5; turn += 1) {
    await clock.advance(0);
    finish(begun.at(-1) ?? "");
  }
  await clock.advance(0);

  assert.deepEqual(begun, ["flood/1", "calm/1", "still/1", "flood/2", "flood/3", "flood/4"]);
});

test("a namespace of slow objects leaves places to the others", async () => {
  const { begun, work, finish } = createGates();
  const { queue, clock } = createQueue(work);
  for (let place = 0; place < 10; place += 1) queue.add(`slow/${place}`);
  for (let place = 0; place < 3; place += 1) queue.add(`other/${place}`);

  await clock.advance(0);
  finish("other/0");
  await clock.advance(0);

  assert.deepEqual(begun.toSorted(), ["other/0", "other/1", "other/2", "slow/0", "slow/1"]);
});

test("a failure comes back with a growing pause up to the cap, and a success ends the row", async () => {
  let isBroken = true;
  const { queue, clock, failures } = createQueue(async () => {
    if (isBroken) throw new Error("broken");
    return "done";
  });
  queue.add("a/x");

  await clock.advance(5_000);
  isBroken = false;
  await clock.advance(1_000);
  isBroken = true;
  queue.add("a/x");
  await clock.advance(0);

  const pauses = failures.map((line) => Number(line.split(" ")[2]));
  assert.deepEqual(pauses.slice(0, 6), [75, 150, 300, 600, 750, 750]);
  assert.equal(failures.at(-1), "a/x 1 75");
});

test("a failure waits at least as long as the server asked for", async () => {
  const { queue, clock, failures } = createQueue(async () => {
    throw new KubeError("busy", { status: 429, reason: "", retryAfterMs: 9_000 });
  });

  queue.add("a/x");
  await clock.advance(0);

  assert.deepEqual(failures, ["a/x 1 9000"]);
});

test("an error thrown before there is a promise is a failure like any other", async () => {
  const runs: string[] = [];
  const work: Work = (key) => {
    runs.push(key);
    if (key === "a/bad") throw new Error("at once");
    return Promise.resolve("done");
  };
  const { queue, clock } = createQueue(work, { concurrency: 1, concurrencyPerNamespace: 1 });

  queue.add("a/bad");
  queue.add("a/good");
  await clock.advance(80);

  assert.deepEqual(runs, ["a/bad", "a/good", "a/bad"]);
});

test("an addition overrides a backoff and a later time", async () => {
  const runs: number[] = [];
  const { queue, clock } = createQueue(async () => {
    runs.push(clock.monotonicMs());
    return { afterMs: 60_000 };
  });
  queue.add("a/x");
  await clock.advance(1_000);

  queue.add("a/x");
  await clock.advance(60_000);

  assert.deepEqual(runs, [0, 1_000, 61_000]);
});

test("a stop begins nothing more, tells what runs, and waits for it", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const runs: string[] = [];
  let isTold = false;
  const work: Work = async (key, signal) => {
    runs.push(key);
    await promise;
    isTold = signal.aborted;
    return "done";
  };
  const { queue, clock, stop, running } = createQueue(work, { concurrency: 1, concurrencyPerNamespace: 1 });
  queue.add("a/x");
  queue.add("a/y");
  await clock.advance(0);
  let isStopped = false;
  void running.then(() => {
    isStopped = true;
  });

  stop.abort();
  await clock.advance(0);
  const wasStopped = isStopped;
  resolve();
  await running;

  assert.equal(wasStopped, false);
  assert.equal(isTold, true);
  assert.deepEqual(runs, ["a/x"]);
});

test("a hundred thousand keys all run, each once", async () => {
  const runs = new Set<string>();
  const { queue, clock } = createQueue(async (key) => {
    runs.add(key);
    return "done";
  });

  for (let place = 0; place < 100_000; place += 1) queue.add(`${place % 10}/${place}`);
  while (runs.size < 100_000) await clock.advance(0);

  assert.equal(runs.size, 100_000);
});
