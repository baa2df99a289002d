import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { openDatabase } from "../sqlite.ts";
import type { Target, TargetState } from "../warehouses/target.ts";
import type { NewDelivery } from "./delivery.ts";
import { createDeliveryReader } from "./delivery-reader.ts";
import { createDeliveryLog } from "./log.ts";
import { DELIVERY_MIGRATIONS } from "./schema.ts";
import { type DeliveryQuery, jsonBytes, MAX_SHORT_BYTES, STATES_IN_ORDER, targetCountsOf } from "./told-delivery.ts";

/** A log, a reader of it, and what records a delivery with these targets. */
function openLog(t: TestContext) {
  const database = openDatabase({ path: ":memory:", migrations: DELIVERY_MIGRATIONS });
  t.after(() => database.close());
  const [log, reader] = [createDeliveryLog(database), createDeliveryReader(database, "r".repeat(253))];
  const record = async (id: string, targets: readonly Target[], more: Partial<NewDelivery> = {}) => {
    const pushed = { repoURLs: ["example/app"], tags: ["1.0.0"], mediaType: "", body: Buffer.from("{}") };
    const arrival = { id, arrivedAt: 1_000, project: "", receiver: "hub", sender: "dockerhub" };
    const delivery = await log.record({ ...arrival, ...pushed, ...more });
    await log.saveTargets(id, targets);
    return delivery;
  };
  return { log, reader, record };
}

function target(namespace: string, name: string, state: TargetState = "discovered", reason = ""): Target {
  const known = { repoURL: "example/app", tag: "1.0.0", rule: "", attempt: 1, activeMs: 0 };
  return { ...known, namespace, name, uid: `uid-of-${name}`, state, reason, token: undefined };
}

/** `w000` and so on. */
function manyTargets(count: number, namespace = "team"): readonly Target[] {
  return Array.from({ length: count }, (_, number) => target(namespace, `w${String(number).padStart(4, "0")}`));
}

test("a list counts the targets in each state, and names ten of them, those that failed first", async (t) => {
  const { reader, record } = openLog(t);
  await record("a", [...manyTargets(30), target("team", "w9999", "failed"), target("team", "w5000", "not-visible")]);

  const {
    deliveries: [summary],
  } = await reader.recent({ limit: 20, namespace: undefined });

  assert.deepEqual(Object.entries(summary?.targetCounts ?? {}), [
    ["failed", 1],
    ["not-visible", 1],
    ["discovered", 30],
  ]);
  assert.deepEqual(
    summary?.targets.map(({ name }) => name),
    ["w9999", "w5000", ...manyTargets(8).map(({ name }) => name)],
  );
});

const FEW: readonly (readonly [states: Partial<Record<TargetState, number>>, named: readonly string[]])[] = [
  [{}, []],
  [{ discovered: 3 }, ["discovered 0", "discovered 1", "discovered 2"]],
  [{ discovered: 1, failed: 1 }, ["failed 0", "discovered 0"]],
  [{ pending: 10, discovered: 5 }, Array.from({ length: 10 }, (_, number) => `pending ${number}`)],
  [{ failed: 9, pending: 2 }, [...Array.from({ length: 9 }, (_, number) => `failed ${number}`), "pending 0"]],
];
for (const [states, named] of FEW) {
  test(`of ${JSON.stringify(states)} a list names what there is room for, by state`, async (t) => {
    const { reader, record } = openLog(t);
    const targets = Object.entries(states).flatMap(([state, count]) =>
      Array.from({ length: count }, (_, number) => target("team", `${state} ${number}`, state as TargetState)),
    );
    await record("a", targets);

    const {
      deliveries: [summary],
    } = await reader.recent({ limit: 1, namespace: undefined });

    assert.deepEqual(
      summary?.targets.map(({ name }) => name),
      named,
    );
  });
}

test("a list names no more than half a megabyte in all, and counts the rest", async (t) => {
  const { reader, record } = openLog(t);
  const told = "x".repeat(60_000);
  for (const id of ["a", "b", "c"]) {
    await record(
      id,
      Array.from({ length: 4 }, (_, number) => target("team", `w${number}`, "failed", told)),
    );
  }

  const { deliveries: summaries } = await reader.recent({ limit: 20, namespace: undefined });

  assert.deepEqual(
    summaries.map(({ id, targets, targetCounts }) => [id, targets.length, targetCounts.failed]),
    [
      ["c", 4, 4],
      ["b", 4, 4],
      ["a", 0, 4],
    ],
  );
});

test("a namespace has the deliveries that reached its receivers or concern its Warehouses, and those alone", async (t) => {
  const { log, reader, record } = openLog(t);
  await record("of-a-warehouse", [target("mine", "w"), ...manyTargets(20, "another")]);
  await record("of-its-receiver", [], { project: "mine" });
  for (let number = 0; number < 450; number++) await record(`other-${number}`, [target("another", "w")]);
  await record("newest", [target("mine", "w"), target("mineral", "w")]);
  const {
    deliveries: [newest],
  } = await reader.recent({ limit: 1, namespace: undefined });

  const { deliveries: summaries } = await reader.recent({ limit: 20, namespace: "mine" });

  assert.deepEqual(
    summaries.map(({ id, targets }) => [id, ...targets.map(({ namespace }) => namespace)]),
    [["newest", "mine"], ["of-its-receiver"], ["of-a-warehouse", "mine"]],
  );
  assert.deepEqual([newest?.id, log.openCount()], ["newest", 453]);
});

test("a push that every Warehouse of a namespace refused is in its list, with the rule of each", async (t) => {
  const { log, reader, record } = openLog(t);
  const delivery = await record("a", []);
  const notMatched = ["mine", "another"].map((namespace) => {
    return { namespace, name: "w", tag: "1.0.0", rule: "constraint" };
  });
  await log.decide(delivery, { verdict: "unmatched", reason: "", targets: [], notMatched });
  await record("of-others", [target("another", "w")]);

  const { deliveries: summaries } = await reader.recent({ limit: 20, namespace: "mine" });

  assert.deepEqual(
    summaries.map(({ id, notMatchedCount, ...named }) => [id, notMatchedCount, named.notMatched]),
    [["a", 1, notMatched.slice(0, 1)]],
  );
});

/** Of each verdict, the newest first: refused, unmatched, done, and two that are open. */
async function recordAll({ log, record }: Awaited<ReturnType<typeof openLog>>): Promise<void> {
  const known = { reason: "", notMatched: [] };
  await record("open", [target("mine", "w", "not-visible")]);
  await record("open-of-others", [target("another", "w", "retrying")]);
  const done = await record("done", [target("mine", "w", "failed"), target("another", "w")]);
  await log.decide(done, { ...known, verdict: "done", targets: [] });
  await log.decide(await record("unmatched", []), { ...known, verdict: "unmatched", targets: [] });
  const refused = {
    arrivedAt: 1_000,
    project: "mine",
    receiver: "hub",
    sender: "dockerhub",
    reason: "",
    body: Buffer.from(""),
  };
  for (let number = 0; number < 3; number++) await log.refuse({ ...refused, id: `refused-${number}` });
}

const OF_STATES: readonly (readonly [query: Omit<DeliveryQuery, "limit">, ids: readonly string[]])[] = [
  [{ namespace: undefined, state: "open" }, ["open-of-others", "open"]],
  [{ namespace: "mine", state: "open" }, ["open"]],
  [{ namespace: undefined, state: "refused" }, ["refused-2", "refused-1", "refused-0"]],
  [{ namespace: "another", state: "refused" }, []],
  [{ namespace: undefined, state: "unmatched" }, ["unmatched"]],
  [{ namespace: undefined, state: "done" }, ["done"]],
  [{ namespace: undefined, state: "failed" }, ["done"]],
  [{ namespace: "another", state: "failed" }, []],
  [{ namespace: "another", state: "discovered" }, ["done"]],
];
for (const [query, ids] of OF_STATES) {
  test(`a list of ${JSON.stringify(query)} has those deliveries alone`, async (t) => {
    const it = openLog(t);
    await recordAll(it);

    const { deliveries, hasMore } = await it.reader.recent({ ...query, limit: 3 });

    assert.deepEqual([deliveries.map(({ id }) => id), hasMore], [ids, false]);
  });
}

test("a list says how many are open, and whether it leaves any out", async (t) => {
  const it = openLog(t);
  await recordAll(it);

  const lists = await Promise.all(
    [
      { limit: 3, namespace: undefined },
      { limit: 7, namespace: undefined },
      { limit: 1, namespace: "mine" },
      { limit: 2, namespace: undefined, state: "refused" } as const,
    ].map((query) => it.reader.recent(query)),
  );

  assert.deepEqual(
    lists.map(({ openCount, hasMore }) => [openCount, hasMore]),
    [
      [2, true],
      [2, false],
      [1, true],
      [2, true],
    ],
  );
});

test("a delivery is read whole, page by page, and its Warehouses that did not match with it", async (t) => {
  const { log, reader, record } = openLog(t);
  const delivery = await record("a", manyTargets(1_200));
  const notMatched = [{ namespace: "team", name: "other", tag: "1.0.0", rule: "constraint" }];
  await log.decide(delivery, { verdict: "done", reason: "", targets: [], notMatched });

  const pages = [reader.page({ id: "a", continueToken: undefined })];
  while (pages.at(-1)?.continue) pages.push(reader.page({ id: "a", continueToken: pages.at(-1)?.continue }));

  assert.deepEqual(
    pages.map((page) => page?.targets.length),
    [500, 500, 200],
  );
  assert.deepEqual(
    pages.flatMap((page) => page?.targets.map(({ name }) => name)),
    manyTargets(1_200).map(({ name }) => name),
  );
  assert.deepEqual([pages[2]?.notMatched, pages[2]?.arrivedAt], [notMatched, "1970-01-01T00:00:01.000Z"]);
});

test("a page has about a megabyte of targets, and at least one", async (t) => {
  const { reader, record } = openLog(t);
  const long = (name: string, length: number) => target("team", name, "failed", "x".repeat(length));
  await record("a", [long("w1", 600_000), long("w2", 400_000), long("w3", 2_000_000), long("w4", 1)]);

  const pages = [reader.page({ id: "a", continueToken: undefined })];
  while (pages.at(-1)?.continue) pages.push(reader.page({ id: "a", continueToken: pages.at(-1)?.continue }));

  assert.deepEqual(
    pages.map((page) => page?.targets.map(({ name }) => name)),
    [["w1", "w2"], ["w3"], ["w4"]],
  );
});

const WORST = "\u0001é€😀".repeat(50_000);
const PUSHES: readonly (readonly [what: string, pushed: Partial<NewDelivery>, tags: number])[] = [
  [
    "long texts that take six bytes a character",
    { repoURLs: [WORST, WORST], tags: [WORST, WORST], mediaType: WORST },
    1,
  ],
  ["twenty tags as long as a registry takes", { tags: Array.from({ length: 20 }, () => "x".repeat(128)) }, 3],
  ["thousands of empty tags", { tags: Array.from({ length: 5_000 }, () => "") }, 128],
];
for (const [what, pushed, tagCount] of PUSHES) {
  test(`a list has three kilobytes of a push of ${what}, and the delivery all of it`, async (t) => {
    const { log, reader, record } = openLog(t);
    const names = { project: "p".repeat(63), receiver: "r".repeat(253) };
    const delivery = await record("01933a3f-6d20-7c3e-9a51-2f6b1d0c8e47", [], { ...names, ...pushed });
    await log.decide(delivery, { verdict: "unmatched", reason: WORST, targets: [], notMatched: [] });

    const {
      deliveries: [summary],
    } = await reader.recent({ limit: 1, namespace: undefined });
    const whole = reader.page({ id: delivery.id, continueToken: undefined });

    const targetCounts = targetCountsOf(new Map(STATES_IN_ORDER.map((state) => [state, 1_000_000])));
    assert.ok(jsonBytes({ ...summary, targetCounts }) < MAX_SHORT_BYTES, `${jsonBytes(summary)} bytes`);
    assert.deepEqual([summary?.tags.length, summary?.tagCount], [tagCount, pushed.tags?.length]);
    assert.ok(isDeepStrictEqual([whole?.tags, whole?.reason], [pushed.tags, WORST]));
  });
}

test("no page is read of a delivery that is not there, and none by a token that no page said", async (t) => {
  const { reader, record } = openLog(t);
  await record("a", manyTargets(1));

  assert.equal(reader.page({ id: "b", continueToken: undefined }), undefined);
  for (const continueToken of ["", "x", "W10"]) {
    assert.throws(() => reader.page({ id: "a", continueToken }), { name: "InputError", message: /^continue must be/ });
  }
});

test("others have their turn while a long list is read", async (t) => {
  const { reader, record } = openLog(t);
  for (let number = 0; number < 50; number++) await record(`d${number}`, manyTargets(20));
  let turns = 0;
  let isRead = false;
  const count = () => {
    turns += 1;
    if (!isRead) setImmediate(count);
  };
  setImmediate(count);

  await reader.recent({ limit: 50, namespace: undefined });
  isRead = true;

  assert.ok(turns >= 50, `${turns} turns`);
});
