import assert from "node:assert/strict";
import { test } from "node:test";
import { type DeliveryList, type ListedDelivery, mergeLists } from "./delivery-list.ts";

/** With deliveries that arrived at these seconds, in the order of their list. */
function listOf(replica: string, ...seconds: readonly number[]): DeliveryList {
  const deliveries = seconds.map(
    (second) => ({ replica, arrivedAt: new Date(second * 1000).toISOString() }) as ListedDelivery,
  );
  return { replicas: [replica], unanswered: [], deliveries };
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

test("a replica that was reached by two names is listed once", () => {
  const merged = mergeLists([listOf("a", 2), listOf("b", 1), listOf("a", 2)], 10);

  assert.deepEqual(
    [told(merged), merged.replicas],
    [
      ["a 2", "b 1"],
      ["a", "b"],
    ],
  );
});

test("those that did not answer are all named", () => {
  const missing = (replica: string) => ({ replicas: [], unanswered: [{ replica, reason: "gone" }], deliveries: [] });

  const { unanswered } = mergeLists([listOf("a"), missing("b"), missing("c")], 10);

  assert.deepEqual(
    unanswered.map(({ replica }) => replica),
    ["b", "c"],
  );
});
