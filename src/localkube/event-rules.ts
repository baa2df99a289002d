// Defaults and rules of core/v1 Events, as the API server has them.
import type { Event } from "../resources/core.ts";
import { invalidValue, requiredValue, type Violation } from "../resources/violation.ts";
import { qualifiedNameFaults } from "./qualified-name.ts";

const MAX_LENGTHS = { reportingInstance: 128, action: 128, reason: 128, message: 1024 };
/** Where the Events of objects without a namespace are kept. */
const CLUSTER_NAMESPACES = ["default", "kube-system"];

/** Times that are not set read null, and a source that is not named is empty. */
export function withEventDefaults<E extends Event>(event: E): E {
  const { firstTimestamp = null, lastTimestamp = null, eventTime = null } = event;
  const { source = {}, reportingComponent = "", reportingInstance = "" } = event;
  return { ...event, source, firstTimestamp, lastTimestamp, eventTime, reportingComponent, reportingInstance };
}

/** An Event with an `eventTime` says who reports and what was done; any lies where its object does. */
export function eventViolations(event: Event): readonly Violation[] {
  return event.eventTime
    ? [...placeViolations(event, CLUSTER_NAMESPACES), ...reportViolations(event)]
    : olderViolations(event);
}

function olderViolations(event: Event): readonly Violation[] {
  const { involvedObject, metadata } = event;
  if (!involvedObject?.namespace) return placeViolations(event, ["default"]);
  return involvedObject.namespace === metadata.namespace ? [] : [misplaced(event)];
}

function placeViolations(event: Event, allowed: readonly string[]): readonly Violation[] {
  if (event.involvedObject?.namespace || allowed.includes(event.metadata.namespace ?? "")) return [];
  return [misplaced(event)];
}

function misplaced({ involvedObject }: Event): Violation {
  return invalidValue("involvedObject.namespace", involvedObject?.namespace ?? "", "does not match event.namespace");
}

function reportViolations(event: Event): readonly Violation[] {
  const required = (["reportingComponent", "reportingInstance", "action", "reason"] as const).filter(
    (field) => !event[field],
  );
  const long = (Object.keys(MAX_LENGTHS) as (keyof typeof MAX_LENGTHS)[]).filter(
    (field) => Buffer.byteLength(event[field] ?? "") > MAX_LENGTHS[field],
  );
  const { reportingComponent } = event;
  return [
    ...required.map((field) => requiredValue(field)),
    ...qualifiedNameFaults(reportingComponent ?? "").map((fault) =>
      invalidValue("reportingComponent", reportingComponent, fault),
    ),
    ...long.map((field) => invalidValue(field, "", `can have at most ${MAX_LENGTHS[field]} characters`)),
  ];
}
