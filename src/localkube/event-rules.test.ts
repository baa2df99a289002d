import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../resources/core.ts";
import { eventViolations, withEventDefaults } from "./event-rules.ts";

function event(fields: Partial<Event>, namespace = "demo"): Event {
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "w.1", namespace },
    involvedObject: { kind: "Warehouse", name: "w", namespace: "demo" },
    ...fields,
  };
}

const REPORTED: Partial<Event> = {
  eventTime: "2026-11-24T22:54:00.000000Z",
  reportingComponent: "dockbell.dev/warehouse",
  reportingInstance: "here",
  action: "Discover",
  reason: "Found",
};
const PROJECT: Partial<Event> = { involvedObject: { kind: "Project", name: "demo" } };

const CASES: readonly (readonly [what: string, event: Event, fields: readonly string[]])[] = [
  ["beside its object", event({}), []],
  ["away from its object", event({}, "other"), ["involvedObject.namespace"]],
  ["of an object without a namespace, in default", event(PROJECT, "default"), []],
  ["of an object without a namespace, elsewhere", event(PROJECT), ["involvedObject.namespace"]],
  ["that says who reports", event(REPORTED), []],
  ["that does not say who reports", event({ ...REPORTED, reportingInstance: "" }), ["reportingInstance"]],
  ["that does not say what was done", event({ ...REPORTED, action: undefined }), ["action"]],
  ["with a message of 1,025 bytes", event({ ...REPORTED, message: "x".repeat(1025) }), ["message"]],
  ["of the older form with a long message", event({ message: "x".repeat(1025) }), []],
];

for (const [what, given, fields] of CASES) {
  test(`an Event ${what} has ${fields.length === 0 ? "no fault" : `a fault in ${fields.join()}`}`, () => {
    assert.deepEqual(
      eventViolations(given).map(({ field }) => field),
      fields,
    );
  });
}

test("what an Event leaves out is null or empty, as clients read it", () => {
  const { firstTimestamp, lastTimestamp, eventTime, source, reportingComponent } = withEventDefaults(
    event({ count: 1 }),
  );

  assert.deepEqual([firstTimestamp, lastTimestamp, eventTime, source, reportingComponent], [null, null, null, {}, ""]);
});
