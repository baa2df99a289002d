import assert from "node:assert/strict";
import { test } from "node:test";
import type { PushEntry } from "../resources/pushes.ts";
import { AwaitedPushes, type PushOutcome } from "./awaited-pushes.ts";

const ENTRY = { token: "t1", repoURL: "r", tag: "1" };
const PUSHES = { read: new Map([["a", "t1"]]), entries: [ENTRY], invisible: new Set<PushEntry>() };

/** The moments of the looks that follow when each finds the same, and the last answer. */
function looks(outcome: PushOutcome): { at: readonly number[]; last: ReturnType<AwaitedPushes["answer"]> } {
  const awaited = new AwaitedPushes();
  const at: number[] = [];
  let last = awaited.answer(PUSHES, () => outcome, 0);
  while (awaited.lookAt !== undefined) {
    at.push(awaited.lookAt);
    last = awaited.answer(PUSHES, () => outcome, awaited.lookAt);
  }
  return { at, last };
}

test("a missing tag is looked for after 0.5, 1, 2, 5, 15 and 60 s more, then ever less often, for fifteen minutes", () => {
  const { at, last } = looks("missing");

  assert.deepEqual(at, [500, 1_500, 3_500, 8_500, 23_500, 83_500, 203_500, 443_500, 900_000]);
  assert.deepEqual(last?.notVisible, ["r:1"]);
});

test("an old digest is asked for again for ninety seconds, and counts as seen then", () => {
  const { at, last } = looks("same-digest");

  assert.deepEqual(at, [500, 1_500, 3_500, 8_500, 23_500, 83_500, 90_000]);
  assert.deepEqual([last?.notVisible, last?.unchanged], [[], ["r:1"]]);
});

test("until then it is told from a missing tag", () => {
  const unchanged = new AwaitedPushes().answer(PUSHES, () => "same-digest", 0);
  const missing = new AwaitedPushes().answer(PUSHES, () => "missing", 0);

  assert.deepEqual([unchanged?.notVisible, unchanged?.unchanged], [["r:1"], ["r:1"]]);
  assert.deepEqual([missing?.notVisible, missing?.unchanged], [["r:1"], []]);
});

test("a tag that is seen, or not wanted, is not looked for again", () => {
  const seen = looks("new");
  const unwanted = looks("unwanted");

  assert.deepEqual([seen.at, seen.last?.notVisible, seen.last?.notWanted], [[], [], []]);
  assert.deepEqual([unwanted.at, unwanted.last?.notWanted], [[], ["r:1"]]);
});

test("a failure is named, and leaves the next attempt to the backoff", () => {
  const { at, last } = looks("failed");

  assert.deepEqual([at, last?.failed], [[], ["r:1"]]);
});

test("the same tag pushed again is waited for anew, and the earliest look counts", () => {
  const awaited = new AwaitedPushes();
  awaited.answer(PUSHES, () => "missing", 0);
  const again = { ...ENTRY, token: "t2" };

  awaited.answer({ ...PUSHES, read: new Map([["a", "t2"]]), entries: [ENTRY, again] }, () => "missing", 100_000);

  assert.equal(awaited.lookAt, 100_500);
});

test("only pushes that were looked for are known", () => {
  const awaited = new AwaitedPushes();

  const before = awaited.knows(PUSHES);
  awaited.answer(PUSHES, () => "missing", 0);

  assert.deepEqual([before, awaited.knows(PUSHES), awaited.knows({ ...PUSHES, entries: [] })], [false, true, true]);
});

test("where nobody ever listed a push there is no answer", () => {
  const answer = new AwaitedPushes().answer({ ...PUSHES, read: new Map(), entries: [] }, () => "new", 0);

  assert.equal(answer, undefined);
});
