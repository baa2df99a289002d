import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SERVED_KINDS, type ServedKind } from "./kinds.ts";
import type { StoredObject } from "./store.ts";
import { tableOf } from "./table.ts";

const NOW = Date.parse("2026-11-24T23:00:00Z");
const LIST = { nowMs: NOW, includeObject: "None", metadata: { resourceVersion: "9" } };

function kindOf(plural: string): ServedKind {
  const kind = SERVED_KINDS.find(({ resource }) => resource.plural === plural);
  assert.ok(kind, `${plural} is not served`);
  return kind;
}

function object(fields: object): StoredObject {
  const metadata = { name: "x", resourceVersion: "7", creationTimestamp: "2026-11-24T22:50:00Z" };
  return { apiVersion: "", kind: "", metadata, ...fields };
}

const CELLS: readonly (readonly [what: string, plural: string, fields: object, cells: readonly unknown[]])[] = [
  ["a Namespace", "namespaces", { status: { phase: "Terminating" } }, ["x", "Terminating", "10m"]],
  ["a Secret", "secrets", { type: "Opaque", data: { a: "", b: "" } }, ["x", "Opaque", 2, "10m"]],
  ["a Secret without data", "secrets", { type: "Opaque" }, ["x", "Opaque", 0, "10m"]],
  ["a Lease", "leases", { spec: { holderIdentity: "me" } }, ["x", "me", "10m"]],
  ["a Warehouse without a shard", "warehouses", { spec: {} }, ["x", null, "10m"]],
  [
    "a Project that is ready",
    "projects",
    { status: { conditions: [{ type: "Stalled" }, { type: "Ready", status: "True", message: "well" }] } },
    ["x", "True", "well", "10m"],
  ],
  [
    "an Event that was counted",
    "events",
    {
      ...{ type: "Normal", reason: "R", message: " said\n", count: 3, source: { component: "c", host: "h" } },
      involvedObject: { kind: "Warehouse", name: "w" },
      ...{ firstTimestamp: "2026-11-24T22:00:00Z", lastTimestamp: "2026-11-24T22:59:00Z" },
    },
    ["60s", "Normal", "R", "warehouse/w", "", "c, h", "said", "60m", 3, "x"],
  ],
  [
    "an Event that goes on",
    "events",
    {
      ...{ type: "Warning", reason: "R", message: "m", reportingComponent: "c", source: {} },
      involvedObject: { kind: "Warehouse", fieldPath: "spec" },
      ...{ eventTime: "2026-11-24T22:58:00.000000Z", firstTimestamp: null, lastTimestamp: null },
      series: { count: 5, lastObservedTime: "2026-11-24T22:59:30.000000Z" },
    },
    ["30s", "Warning", "R", "warehouse", "spec", "c", "m", "2m", 5, "x"],
  ],
  ["an Event without times", "events", {}, ["<unknown>", "", "", "", "", "", "", "<unknown>", 1, "x"]],
];

describe("a row", () => {
  for (const [what, plural, fields, cells] of CELLS) {
    test(`of ${what} has the cells of its columns`, () => {
      const { rows, columnDefinitions } = tableOf(kindOf(plural), [object(fields)], LIST);

      assert.deepEqual(rows[0]?.cells, cells);
      assert.equal(columnDefinitions?.length, cells.length);
    });
  }
});

test("a row comes with the metadata, the object or nothing, as asked", () => {
  const shown = ["Metadata", null, "Object", "None"].map((includeObject) => {
    const table = tableOf(kindOf("projects"), [object({ kind: "Project" })], { ...LIST, includeObject });
    return (table.rows[0]?.object as { kind: string } | null)?.kind;
  });

  assert.deepEqual(shown, ["PartialObjectMetadata", "PartialObjectMetadata", "Project", undefined]);
});

test("the columns come with the first Table of a watch only", () => {
  const later = tableOf(kindOf("projects"), [object({})], { ...LIST, hasColumns: false });

  assert.equal(later.columnDefinitions, null);
});

test("a bookmark is a row of an object without a name", () => {
  const bookmark = { apiVersion: "", kind: "", metadata: { resourceVersion: "9" } } as StoredObject;

  const cells = ["warehouses", "secrets"].map((plural) => tableOf(kindOf(plural), [bookmark], LIST).rows[0]?.cells);

  assert.deepEqual(cells, [
    ["", null, null],
    ["", "", 0, "<unknown>"],
  ]);
});

test("a column that only -o wide shows has priority 1", () => {
  const { columnDefinitions } = tableOf(kindOf("events"), [], LIST);

  assert.deepEqual(
    columnDefinitions?.filter(({ priority }) => priority === 1).map(({ name }) => name),
    ["Subobject", "Source", "First Seen", "Count", "Name"],
  );
});
