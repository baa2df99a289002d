import assert from "node:assert/strict";
import { test } from "node:test";
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import { SeenRefreshes } from "./seen-refreshes.ts";

/** A Warehouse with this token, whose list holds the entries `<tag> <token>`. */
function warehouse(token: string | undefined, entries: readonly string[], handled?: string): Warehouse {
  const list = entries.map((entry) => ({ repoURL: "r", tag: entry.split(" ")[0], token: entry.split(" ")[1] }));
  const annotations = {
    ...(token !== undefined && { [REFRESH_ANNOTATION]: token }),
    "dockbell.dev/pushes.a": JSON.stringify(list),
  };
  const status = handled === undefined ? {} : { lastHandledRefresh: handled };
  return { apiVersion: "", kind: "", metadata: { name: "w", annotations }, spec: {}, status } as unknown as Warehouse;
}

/** As after a first pass, which closes the gap before it. */
function afterFirstPass(): SeenRefreshes {
  const seen = new SeenRefreshes();
  seen.observe(warehouse("t0", [], "t0"), true);
  seen.forget(seen.snapshot());
  return seen;
}

test("before the first pass, tokens may have come and gone unseen", () => {
  const seen = new SeenRefreshes();

  seen.observe(warehouse("t1", ["1 t1"]), false);

  assert.equal(seen.arePushes(warehouse("t1", ["1 t1"])), false);
});

test("a token that stands in a list is for pushes", () => {
  const seen = afterFirstPass();

  seen.observe(warehouse("t1", ["1 t1"]), false);

  assert.equal(seen.arePushes(warehouse("t1", ["1 t1"])), true);
});

test("a token that stood in no list asks for everything, even once a listed one replaced it", () => {
  const seen = afterFirstPass();

  seen.observe(warehouse("by-hand", []), false);
  seen.observe(warehouse("t1", ["1 t1"]), false);

  assert.equal(seen.arePushes(warehouse("t1", ["1 t1"])), false);
});

test("a later push of the same tag covers the earlier one's token", () => {
  const seen = afterFirstPass();

  seen.observe(warehouse("t1", ["1 t1"]), false);
  seen.observe(warehouse("t2", ["1 t2"]), false);

  assert.equal(seen.arePushes(warehouse("t2", ["1 t2"])), true);
});

test("a push that was taken off the list unanswered asks for everything", () => {
  const seen = afterFirstPass();

  seen.observe(warehouse("t1", ["1 t1"]), false);
  seen.observe(warehouse("t2", ["2 t2"]), false);

  assert.equal(seen.arePushes(warehouse("t2", ["2 t2"])), false);
});

test("a new list of the API may hide a token", () => {
  const seen = afterFirstPass();

  seen.observe(warehouse("t1", ["1 t1"]), true);

  assert.equal(seen.arePushes(warehouse("t1", ["1 t1"])), false);
});

test("of tokens that no pass handles a bounded number is kept; the others are a gap until one does", () => {
  const seen = afterFirstPass();
  const last = 5_000;

  for (let place = 0; place <= last; place++) seen.observe(warehouse(`t${place}`, [`1 t${place}`]), false);

  const begun = seen.snapshot();
  const before = seen.arePushes(warehouse(`t${last}`, [`1 t${last}`]));
  seen.forget(begun);
  seen.observe(warehouse("next", ["1 next"]), false);
  assert.ok(begun.tokens.length <= 1_000, `${begun.tokens.length} tokens`);
  assert.deepEqual([before, seen.arePushes(warehouse("next", ["1 next"]))], [false, true]);
});

test("a pass forgets what it knew when it began, and nothing that came meanwhile", () => {
  const seen = afterFirstPass();
  seen.observe(warehouse("t1", ["1 t1"]), false);
  const begun = seen.snapshot();
  seen.observe(warehouse("by-hand", ["1 t1"]), false);

  seen.forget(begun);

  assert.deepEqual(seen.snapshot().tokens, ["by-hand"]);
});
