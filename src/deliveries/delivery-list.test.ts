import assert from "node:assert/strict";
import { test } from "node:test";
import { type DeliveryList, EMPTY_LIST, mergeLists, troubleText } from "./delivery-list.ts";
import type { DeliverySummary } from "./told-delivery.ts";

/** With deliveries that arrived at these seconds, in the order of their list. */
function listOf(replica: string, ...seconds: readonly number[]): DeliveryList {
  const deliveries = seconds.map(
    (second) => ({ replica, arrivedAt: new Date(second * 1000).toISOString() }) as DeliverySummary,
  );
  return { ...EMPTY_LIST, replicas: [replica], unanswered: [], conflicts: [], deliveries };
}

function told({ deliveries }: DeliveryList): readonly string[] {
  return deliveries.map(({ replica, arrivedAt }) => `${replica} ${Date.parse(arrivedAt) / 1000}`);
}

test("the newest of all lists come first, up to the limit", () => {
  const merged = mergeLists([listOf("a", 9, 5, 1), listOf("b", 8, 7), listOf("c")], 4);

  assert.deepEqual(told(merged), ["a 9", "b 8", "b 7", "a 5"]);
  assert.deepEqual(merged.replicas, ["a", "b", "c"]);
});

test("a replica's order is that of arrival, though its clock went back", () => {
  const merged = mergeLists([listOf("a", 3, 9, 1), listOf("b", 5)], 10);

  assert.deepEqual(told(merged), ["b 5", "a 3", "a 9", "a 1"]);
});

test("what each leaves out is left out of the whole, and so is what the limit cuts off", () => {
  const lists = [
    { ...listOf("a", 9, 5), openCount: 2 },
    { ...listOf("b", 8), openCount: 3 },
  ];

  const told = [3, 2].map((limit) => mergeLists(lists, limit));
  const cut = mergeLists([{ ...listOf("a", 9), hasMore: true }], 3);

  assert.deepEqual(
    [...told, cut].map(({ openCount, hasMore }) => [openCount, hasMore]),
    [
      [5, false],
      [5, true],
      [0, true],
    ],
  );
});

test("those that did not answer are all named, and those that have one name", () => {
  const missing = (replica: string) => ({
    ...listOf(replica),
    replicas: [],
    unanswered: [{ peer: replica, reason: "gone" }],
  });
  const alike = { ...listOf("a"), replicas: [], conflicts: [{ replica: "d", places: ["d1:1", "d2:1"] }] };

  const merged = mergeLists([listOf("a"), missing("b"), missing("c"), alike], 10);

  assert.deepEqual(merged.replicas, ["a"]);
  assert.equal(
    troubleText(merged),
    "the deliveries of b are missing: gone; the deliveries of c are missing: gone; " +
      "d1:1 and d2:1 have the same name, d: give each a --replica of its own",
  );
});
