import assert from "node:assert/strict";
import { test } from "node:test";
import { type DeliveryList, EMPTY_LIST } from "../deliveries/delivery-list.ts";
import type { DeliverySummary } from "../deliveries/told-delivery.ts";
import type { Target, TargetState } from "../warehouses/target.ts";
import { deliveriesText } from "./deliveries.ts";
import { deliveryText } from "./delivery.ts";
import type { PrintOptions } from "./output.ts";
import { NO_TERMINAL } from "./terminal.ts";

const OPTIONS: PrintOptions = { output: undefined, terminal: NO_TERMINAL, nowMs: Date.parse("2026-01-01T00:01:00Z") };

function target(name: string, state: TargetState): Target {
  const known = { namespace: "team", uid: name, repoURL: "example/app", tag: "1.0.0", rule: "it is wanted" };
  return { ...known, name, state, attempt: 1, activeMs: 0, reason: "" };
}

function delivery(more: Partial<DeliverySummary>): DeliverySummary {
  const where = { project: "team", receiver: "hub", sender: "dockerhub", replica: "r0" };
  const pushed = { repoURLs: ["example/app"], tags: ["1.0.0"], tagCount: 1, mediaType: "", bodyBytes: 2 };
  const became = {
    verdict: "done",
    reason: "",
    targetCounts: {},
    targets: [],
    notMatchedCount: 0,
    notMatched: [],
  } as const;
  return { id: "d1", sequence: 1, arrivedAt: "2026-01-01T00:00:00.000Z", ...where, ...pushed, ...became, ...more };
}

function listOf(...deliveries: readonly DeliverySummary[]): DeliveryList {
  return { ...EMPTY_LIST, replicas: ["r0"], unanswered: [], conflicts: [], deliveries };
}

/** Rows of the table, its heads first, with single spaces; then what stands below it. */
function linesOf(list: DeliveryList, options: Partial<PrintOptions> = {}): readonly string[] {
  const text = deliveriesText(list, { ...OPTIONS, ...options });
  return text
    .trimEnd()
    .split("\n")
    .map((line) => line.replaceAll(/ +/g, " "));
}

test("Warehouses that a delivery does not name are counted by state in one row, with the command that names them", () => {
  const named = [target("a", "failed"), target("b", "discovered")];
  const counts = { failed: 1, pending: 3, discovered: 1_000 };

  const lines = linesOf(listOf(delivery({ targets: named, targetCounts: counts }), delivery({ id: "d2" })));
  const bare = linesOf(listOf(delivery({ targetCounts: { discovered: 2_000 } })));

  assert.deepEqual(lines, [
    "AGE RECEIVER PUSH WAREHOUSE STATE REASON",
    "60s team/hub example/app:1.0.0 team/a failed it is wanted",
    "60s team/hub example/app:1.0.0 team/b discovered it is wanted",
    "60s team/hub example/app:1.0.0 1002 more 3 pending, 999 discovered -",
    "60s team/hub example/app:1.0.0 - done -",
    "Not all Warehouses and tags are named: dockbell deliveries show d1 names them.",
  ]);
  assert.equal(bare[1], "60s team/hub example/app:1.0.0 2000 Warehouses 2000 discovered -");
});

test("those that did not match are named where no other is, and by -o wide", () => {
  const notMatched = [{ namespace: "team", name: "n", tag: "1.0.0", rule: "constraint" }];
  const alone = delivery({ id: "d1", notMatched, notMatchedCount: 3 });
  const beside = delivery({
    ...alone,
    id: "d2",
    targets: [target("a", "discovered")],
    targetCounts: { discovered: 1 },
  });

  const plain = linesOf(listOf(alone, beside));
  const wide = linesOf(listOf(alone, beside), { output: "wide" });

  const states = (lines: readonly string[]) => lines.slice(1).map((line) => line.split(" ").slice(3).join(" "));
  assert.deepEqual(states(plain), [
    "team/n not-matched constraint",
    "2 more not-matched -",
    "team/a discovered it is wanted",
    "and tags are named: dockbell deliveries show d1 names them.",
  ]);
  assert.deepEqual(states(wide), [
    "team/n not-matched constraint d1",
    "2 more not-matched - d1",
    "team/a discovered it is wanted d2",
    "team/n not-matched constraint d2",
    "2 more not-matched - d2",
    "and tags are named: dockbell deliveries show ID names them; -o wide has the ids.",
  ]);
});

test("a list says that there are older ones, and how many of those are open", () => {
  const list = { ...listOf(delivery({ verdict: "open" }), delivery({ verdict: "refused" })), hasMore: true };
  const told = (openCount: number, state?: "refused") => {
    return deliveriesText({ ...list, openCount }, OPTIONS, state)
      .trimEnd()
      .split("\n")
      .at(-1);
  };

  assert.equal(told(1), "There are older ones, --limit lists up to 500.");
  assert.equal(told(2), "There are older ones, --limit lists up to 500; 1 of them is open, --state open lists it.");
  assert.equal(told(9), "There are older ones, --limit lists up to 500; 8 of them are open, --state open lists them.");
  const longest = { ...list, deliveries: Array.from({ length: 500 }, () => delivery({})) };
  assert.match(deliveriesText(longest, OPTIONS), /\nThere are older ones, -n and --state leave others out\.\n$/);
  assert.equal(told(9, "refused"), "There are older ones, --limit lists up to 500.");
});

test("an empty list of a state names it", () => {
  assert.equal(deliveriesText(listOf(), OPTIONS, "failed"), "No deliveries are in the state failed.\n");
});

test("an empty list of a namespace says what is known of the namespace", () => {
  const lists = ["", "forbidden"].map((doubt) => {
    return deliveriesText(listOf(), { ...OPTIONS, namespace: { namespace: "demo", doubt } });
  });

  const none =
    "No deliveries yet for namespace demo: register a receiver's URL with Docker Hub, or try dockbell send.\n";
  assert.deepEqual(lists, [none, `${none}Whether there is a namespace demo is not known: forbidden\n`]);
});

test("a delivery is shown with what is not done first, and what did not match last", () => {
  const targets = [target("a", "discovered"), target("b", "failed"), target("c", "discovered")];
  const notMatched = [{ namespace: "team", name: "n", tag: "1.0.0", rule: "constraint" }];
  const { targetCounts: _, notMatchedCount: __, tagCount: ___, ...whole } = delivery({ targets, notMatched });

  const lines = deliveryText(whole, OPTIONS).split("\n");

  assert.deepEqual(lines.slice(5), [
    "Verdict:   done",
    "States:    1 failed, 2 discovered, 1 not-matched",
    "",
    "WAREHOUSE   TAG     STATE         REASON",
    "team/b      1.0.0   failed        it is wanted",
    "team/a      1.0.0   discovered    it is wanted",
    "team/c      1.0.0   discovered    it is wanted",
    "team/n      1.0.0   not-matched   constraint",
    "",
  ]);
});

test("a delivery that concerns nobody in the namespace says so", () => {
  const { targetCounts: _, notMatchedCount: __, tagCount: ___, ...whole } = delivery({});
  const namespace = { namespace: "demo", doubt: "" } as const;

  const texts = [deliveryText(whole, OPTIONS), deliveryText(whole, { ...OPTIONS, namespace })];

  assert.match(texts[0] ?? "", /\nStates: +none\n\nIt concerns no Warehouse\.\n$/);
  assert.match(texts[1] ?? "", /\nIt concerns no Warehouse of namespace demo\.\n$/);
});
