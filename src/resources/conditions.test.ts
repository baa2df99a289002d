// docs/compatibility.md, section 1.3; the transition time is Kubernetes', not Kargo's.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Condition } from "./condition.ts";
import { removeCondition, setCondition } from "./conditions.ts";

const THEN = "2026-01-01T00:00:00Z";
const NOW = "2026-01-02T00:00:00Z";
const SUFFIX = " ... (truncated)";

const READY = { type: "Ready", status: "True", reason: "Synced", message: "", observedGeneration: 2 } as const;
const STANDING: Condition = { ...READY, lastTransitionTime: THEN };
const HEALTHY: Condition = { ...STANDING, type: "Healthy" };

test("a new condition comes last", () => {
  const conditions = setCondition([HEALTHY], READY, NOW);

  assert.deepEqual(conditions, [HEALTHY, { ...READY, lastTransitionTime: NOW }]);
});

test("a condition that says something else is replaced in its place, and keeps its time", () => {
  const conditions = setCondition([STANDING, HEALTHY], { ...READY, reason: "Other" }, NOW);

  assert.deepEqual(conditions, [{ ...STANDING, reason: "Other" }, HEALTHY]);
});

test("a status that changes gets a new time", () => {
  const conditions = setCondition([STANDING], { ...READY, status: "False" }, NOW);

  assert.deepEqual(conditions, [{ ...READY, status: "False", lastTransitionTime: NOW }]);
});

test("the same said of an older generation changes nothing", () => {
  const before = [STANDING];

  assert.equal(setCondition(before, { ...READY, observedGeneration: 1 }, NOW), before);
});

test("the same said of a newer generation is noted", () => {
  const conditions = setCondition([STANDING], { ...READY, observedGeneration: 3 }, NOW);

  assert.deepEqual(conditions, [{ ...STANDING, observedGeneration: 3 }]);
});

test("a condition that is removed leaves the others in order", () => {
  const third: Condition = { ...STANDING, type: "Third" };

  assert.deepEqual(removeCondition([STANDING, HEALTHY, third], "Healthy"), [STANDING, third]);
  assert.deepEqual(removeCondition([STANDING], "Other"), [STANDING]);
});

const messages: readonly (readonly [name: string, message: string, cut: string])[] = [
  ["of 32768 bytes is kept", "a".repeat(32_768), "a".repeat(32_768)],
  ["of one byte more is cut", "a".repeat(32_769), "a".repeat(32_752) + SUFFIX],
  ["is cut between characters, not inside one", `a${"€".repeat(11_000)}`, `a${"€".repeat(10_917)}${SUFFIX}`],
];

for (const [name, message, cut] of messages) {
  test(`a message ${name}`, () => {
    const [condition] = setCondition([], { ...READY, message }, NOW);

    assert.equal(condition?.message, cut);
  });
}

const conditions = fc.record({
  type: fc.constantFrom("Ready", "Healthy", "Reconciling"),
  status: fc.constantFrom("True", "False", "Unknown") as fc.Arbitrary<Condition["status"]>,
  reason: fc.constantFrom("A", "B"),
  message: fc.string({ unit: "grapheme", maxLength: 20 }),
  observedGeneration: fc.nat(3),
});

test("of each type there is one condition, the last that was set, in the order of first setting", () => {
  fc.assert(
    fc.property(fc.array(conditions), (all) => {
      const set = all.reduce((list: readonly Condition[], one) => setCondition(list, one, NOW), []);

      const types = [...new Set(all.map(({ type }) => type))];
      assert.deepEqual(
        set.map(({ type }) => type),
        types,
      );
      for (const { type, status, reason, message } of set) {
        const last = all.findLast((one) => one.type === type);
        assert.deepEqual([status, reason, message], [last?.status, last?.reason, last?.message]);
      }
    }),
  );
});

test("setting a condition twice is setting it once", () => {
  fc.assert(
    fc.property(fc.array(conditions), conditions, (all, one) => {
      const before = all.reduce((list: readonly Condition[], each) => setCondition(list, each, THEN), []);
      const once = setCondition(before, one, NOW);

      assert.equal(setCondition(once, one, NOW), once);
    }),
  );
});

test("a message of any text is at most 32768 bytes of whole characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 3 }), fc.nat(40_000), (text, length) => {
      const [condition] = setCondition([], { ...READY, message: text.repeat(length) }, NOW);

      const kept = condition?.message.replace(SUFFIX, "") ?? "";
      assert.ok(Buffer.byteLength(condition?.message ?? "") <= 32_768);
      assert.ok(text.repeat(length).startsWith(kept));
    }),
    { numRuns: 50 },
  );
});
