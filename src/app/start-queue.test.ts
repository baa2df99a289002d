import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "../../test/support/settle.ts";
import { createTestClock, HALF } from "../../test/support/test-clock.ts";
import { KubeError } from "../errors.ts";
import { createTroubles } from "../telemetry/troubles.ts";
import { createInstruments } from "./instruments.ts";
import { startQueue } from "./start-queue.ts";
import { beginWork } from "./work.ts";

const GRACE_MS = 5_000;

function startWith(work: (key: string) => Promise<"done">) {
  const clock = createTestClock();
  const running = beginWork(clock);
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  const outer = { clock, log, random: HALF, instruments: createInstruments(clock, "test") };
  const troubles = createTroubles({ ...outer, signal: new AbortController().signal, meanwhile: () => "" });
  const controller = { name: "test", kinds: "Tests", concurrency: 4, work };
  const start = () => startQueue({ ...outer, troubles, running }, controller);
  return { clock, running, lines, troubles, queue: start() };
}

/** A queue in the middle of a pass, asked to end. */
async function endMidPass() {
  const pass = Promise.withResolvers<"done">();
  const { clock, running, queue } = startWith(() => pass.promise);
  queue.add("ns/a");
  await settle();
  const state = { hasEnded: false };
  void running.end(GRACE_MS).then(() => {
    state.hasEnded = true;
  });
  await settle();
  return { clock, pass, state };
}

test("the end waits for the pass under way", async () => {
  const { pass, state } = await endMidPass();

  const before = state.hasEnded;
  pass.resolve("done");
  await settle();

  assert.deepEqual([before, state.hasEnded], [false, true]);
});

test("the end does not wait for ever", async () => {
  const { clock, state } = await endMidPass();

  await clock.advance(GRACE_MS - 1);
  const before = state.hasEnded;
  await clock.advance(1);

  assert.deepEqual([before, state.hasEnded], [false, true]);
});

const RIGHT = 'User "u" cannot patch resource "tests/status" in API group "" at the cluster scope';
const forbidden = (key: string) =>
  new KubeError(`"${key}" is forbidden: ${RIGHT}`, { status: 403, reason: "Forbidden" });
const unauthorized = () => new KubeError("Unauthorized", { status: 401, reason: "Unauthorized" });

for (const [what, refusal, message] of [
  ["a right that lacks", forbidden, `"ns/a" is forbidden: ${RIGHT}`],
  ["a user who is not let in", unauthorized, "Unauthorized"],
] as const) {
  test(`${what} is told of once, however many keys and attempts it fails, and once more when it is over`, async () => {
    let isOver = false;
    const { clock, lines, queue } = startWith((key) =>
      isOver ? Promise.resolve("done") : Promise.reject(refusal(key)),
    );
    for (const key of ["ns/a", "ns/b"]) queue.add(key);
    await clock.advance(1_000);
    const before = [...lines];

    isOver = true;
    await clock.advance(4_000);

    assert.deepEqual(before, [`reconciling Tests fails: ${message}; trying again`]);
    assert.equal(lines.length, 2);
    assert.match(lines[1] ?? "", /^reconciling Tests works again after \d\.\d s$/);
  });
}

test("what is wrong with one key is told of each time", async () => {
  const { lines, queue } = startWith((key) => Promise.reject(new Error(`${key} is broken`)));
  for (const key of ["ns/a", "ns/b"]) queue.add(key);
  await settle();

  assert.deepEqual(lines, ["test ns/a: ns/a is broken; again in 75 ms", "test ns/b: ns/b is broken; again in 75 ms"]);
});

test("a queue that ended leaves no trouble behind", async () => {
  const { clock, running, lines, troubles, queue } = startWith((key) => Promise.reject(forbidden(key)));
  queue.add("ns/a");
  await settle();
  await running.end(GRACE_MS);
  await clock.advance(60_000);

  troubles.failed({ what: "reconciling Tests", subject: "another" }, forbidden("ns/a"));

  assert.equal(lines.length, 2);
});
