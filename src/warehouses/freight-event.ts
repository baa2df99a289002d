// The Event that tells of new Freight, as Kargo writes it: docs/compatibility.md, section 11.
import { type Clock, toKubeTime } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { KubeClient } from "../kube/client.ts";
import { EVENTS, type Event } from "../resources/core.ts";
import type { Freight } from "../resources/freight.ts";
import { ALIAS_LABEL } from "../resources/kargo.ts";
import { keyOf } from "../resources/resource.ts";
import type { Log } from "../telemetry/log.ts";
import { type Attempt, isCommon, type Troubles } from "../telemetry/troubles.ts";

interface RecorderOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly troubles: Troubles;
  readonly signal: AbortSignal;
}

const COMPONENT = "warehouse-controller";
const PREFIX = "event.kargo.akuity.io/";

/** For Freight as the API returned it. Nobody waits for the Event: one that cannot be written is only told of. */
export function createEventRecorder(options: RecorderOptions): (freight: Freight) => void {
  const { client, clock, log, troubles, signal } = options;
  const failing = new Set<string>();
  signal.addEventListener("abort", () => {
    for (const namespace of failing) troubles.ended(recordingIn(namespace));
  });
  return (freight) => {
    const { namespace = "" } = freight.metadata;
    void client.create(EVENTS, freightCreatedEvent(freight, clock)).then(
      () => {
        failing.delete(namespace);
        troubles.worked(recordingIn(namespace));
      },
      (error: unknown) => {
        if (!isCommon(error)) log(`event of Freight ${keyOf(freight.metadata)}: ${messageOf(error)}`);
        else if (!signal.aborted) {
          failing.add(namespace);
          troubles.failed(recordingIn(namespace), error);
        }
      },
    );
  };
}

/** One for all Freight of a namespace: who may create one Event there may create the next. */
function recordingIn(namespace: string): Attempt {
  return { what: "recording Events of Freight", subject: `events of freight in ${namespace}` };
}

function freightCreatedEvent(freight: Freight, clock: Clock): Event {
  const { name, namespace = "", uid } = freight.metadata;
  const now = clock.now();
  return {
    apiVersion: "v1",
    kind: "Event",
    // The reference's names: nanoseconds in hexadecimal.
    metadata: {
      name: `${name}.${(BigInt(now) * 1_000_000n).toString(16)}`,
      namespace,
      annotations: annotationsOf(freight, now),
    },
    type: "Normal",
    reason: "FreightCreated",
    message: "Freight created from discovered artifacts",
    source: { component: COMPONENT },
    involvedObject: { apiVersion: freight.apiVersion, kind: freight.kind, namespace, name, ...(uid && { uid }) },
    firstTimestamp: toKubeTime(now),
    lastTimestamp: toKubeTime(now),
    count: 1,
    reportingComponent: COMPONENT,
    reportingInstance: "",
  };
}

function annotationsOf(freight: Freight, now: number): Readonly<Record<string, string>> {
  const { metadata, discoveredAt, origin, commits, images, charts, artifacts } = freight;
  const alias = freight.alias ?? metadata.labels?.[ALIAS_LABEL];
  const texts = {
    project: metadata.namespace ?? "",
    actor: `controller:${COMPONENT}`,
    "freight-name": metadata.name,
    "freight-create-time": discoveredAt ?? metadata.creationTimestamp ?? toKubeTime(now),
    "stage-name": "",
    "freight-warehouse-name": origin.name,
    ...(alias && { "freight-alias": alias }),
  };
  const lists = {
    "freight-commits": commits,
    "freight-images": images,
    "freight-charts": charts,
    "freight-artifacts": artifacts,
  };
  const listed = Object.entries(lists).filter(([, list]) => list && list.length > 0);
  const all = [...Object.entries(texts), ...listed.map(([key, list]) => [key, JSON.stringify(list)] as const)];
  return Object.fromEntries(all.map(([key, value]) => [PREFIX + key, value]));
}
