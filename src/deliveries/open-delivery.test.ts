import assert from "node:assert/strict";
import { test } from "node:test";
import type { Target } from "../warehouses/target.ts";
import type { Delivery } from "./delivery.ts";
import { type DispatchOutcome, OpenDelivery } from "./open-delivery.ts";

const DELIVERY: Delivery = {
  ...{ id: "d", sequence: 1, arrivedAt: 0, project: "p", receiver: "r", sender: "dockerhub" },
  ...{ repoURLs: ["r"], tags: ["1"], mediaType: "", bodyBytes: 0, reason: "" },
  verdict: "open",
};

function target(name: string): Target {
  const known = { namespace: "p", uid: name, repoURL: "r", tag: "1", rule: "", state: "pending", attempt: 0 } as const;
  return { ...known, name, activeMs: 0, reason: "" };
}

test("a Warehouse that is refreshed again counts once: the outcome waits for the one never tried", async () => {
  const work = new OpenDelivery(DELIVERY, 0);
  const outcomes: DispatchOutcome[] = [];
  void work.outcome.promise.then((outcome) => outcomes.push(outcome));
  const [first, second] = [target("a"), target("b")];
  for (const one of [first, second]) work.restore(one);
  for (const state of ["refreshed", "pending", "refreshed"] as const) work.move({ ...first, state });
  await Promise.resolve();
  const before = outcomes.length;

  work.move({ ...second, state: "refreshed" });

  await Promise.resolve();
  assert.deepEqual([before, outcomes], [0, [{ kind: "refreshed", count: 2 }]]);
});
