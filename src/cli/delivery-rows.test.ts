import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeliverySummary } from "../deliveries/told-delivery.ts";
import { targetCountsOf } from "../deliveries/told-delivery.ts";
import type { Target, TargetState } from "../warehouses/target.ts";
import { pushText, rowsOf, summaryRowOf } from "./delivery-rows.ts";

type Named = readonly [warehouse: string, tag: string, state: TargetState];

/** A push of tags `a`, `b` and so on, with these targets; `unnamed` are counted alone. */
function pushOf(
  tagCount: number,
  named: readonly Named[],
  unnamed: Partial<Record<TargetState, number>> = {},
): DeliverySummary {
  const tags = ["a", "b", "c"].slice(0, tagCount);
  const of = { id: "1", sequence: 1, arrivedAt: "2026-01-01T00:00:00.000Z", project: "", receiver: "hub" };
  const from = {
    sender: "quay",
    replica: "r0",
    repoURLs: ["example/app"],
    tags,
    tagCount,
    mediaType: "",
    bodyBytes: 2,
  };
  const known = { namespace: "team", repoURL: "example/app", rule: "", attempt: 1, activeMs: 0, token: undefined };
  const targets = named.map(([name, tag, state]): Target => {
    return { ...known, name, uid: name, tag, state, reason: `${name} is ${state}` };
  });
  const counts = new Map<string, number>(Object.entries(unnamed));
  for (const { state } of targets) counts.set(state, (counts.get(state) ?? 0) + 1);
  const became = { verdict: "done", reason: "", notMatchedCount: 0, notMatched: [] } as const;
  return { ...of, ...from, ...became, targets, targetCounts: targetCountsOf(counts) };
}

const SUMMARIES: readonly (readonly [
  what: string,
  delivery: DeliverySummary,
  warehouse: string,
  state: string,
  tone: string | undefined,
])[] = [
  [
    "three tags of one Warehouse",
    pushOf(3, [
      ["w", "a", "discovered"],
      ["w", "b", "discovered"],
      ["w", "c", "discovered"],
    ]),
    "team/w",
    "discovered",
    "good",
  ],
  [
    "two tags of two Warehouses, one of which failed",
    pushOf(2, [
      ["v", "a", "failed"],
      ["w", "a", "discovered"],
      ["v", "b", "discovered"],
      ["w", "b", "discovered"],
    ]),
    "2 Warehouses",
    "1 failed, 3 discovered",
    "bad",
  ],
  [
    "one tag of more Warehouses than are named",
    pushOf(1, [["w", "a", "pending"]], { discovered: 20 }),
    "21 Warehouses",
    "1 pending, 20 discovered",
    "waiting",
  ],
  [
    "several tags of more than are named",
    pushOf(2, [["w", "a", "pending"]], { discovered: 20 }),
    "21 Warehouse/tag pairs",
    "1 pending, 20 discovered",
    "waiting",
  ],
  [
    "several tags, none of them named",
    pushOf(2, [], { failed: 2, discovered: 4 }),
    "6 Warehouse/tag pairs",
    "2 failed, 4 discovered",
    "bad",
  ],
  ["a tag that concerns nobody", pushOf(1, []), "", "done", undefined],
];
for (const [what, delivery, warehouse, state, tone] of SUMMARIES) {
  test(`one row tells of ${what}: "${warehouse} ${state}"`, () => {
    const row = summaryRowOf(delivery);

    assert.deepEqual([row.warehouse, row.state, row.tone], [warehouse, state, tone]);
  });
}

test("one row for several tags names all of them", () => {
  const row = summaryRowOf(
    pushOf(2, [
      ["w", "a", "discovered"],
      ["w", "b", "discovered"],
    ]),
  );

  assert.equal(pushText(row), "example/app:a,b");
});

test("a row for those that are not named has the colour of the worst of them", () => {
  const rows = rowsOf(pushOf(1, [["w", "a", "failed"]], { failed: 1, discovered: 3 }), false);

  assert.deepEqual(
    rows.map(({ warehouse, state, tone }) => [warehouse, state, tone]),
    [
      ["team/w", "failed", "bad"],
      ["4 more", "1 failed, 3 discovered", "bad"],
    ],
  );
});
