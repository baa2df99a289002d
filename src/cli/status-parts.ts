// What `dockbell status` shows, each part by itself: one that cannot be had hides none of the others.
import { type DeliveryList, troubleText } from "../deliveries/delivery-list.ts";
import { messageOf } from "../errors.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import type { Connection } from "./connection.ts";
import { listReceivers, type Receiver } from "./receivers.ts";
import { listWarehouses } from "./warehouses.ts";

export interface StatusParts {
  /** Undefined where they are missing. */
  readonly receivers: readonly Receiver[] | undefined;
  /** Undefined where they are missing. */
  readonly warehouses: readonly Warehouse[] | undefined;
  /** Undefined where they are missing, and where each receiver keeps its own. */
  readonly deliveries: DeliveryList | undefined;
  readonly missing: readonly MissingPart[];
}

/** A part that cannot be had, or of which something is missing. */
interface MissingPart {
  readonly part: PartName;
  readonly reason: string;
}

export type PartName = "receivers" | "warehouses" | "deliveries";

const MAX_DELIVERIES = 5;

/** Rejects where none of them can be had. */
export async function findParts(connection: Connection): Promise<StatusParts> {
  const { namespace, deliveries: logs, explain } = connection;
  const [receivers, warehouses, deliveries] = await Promise.allSettled([
    Promise.try(() => listReceivers(connection.client, namespace)),
    Promise.try(() => listWarehouses(connection.client, namespace)),
    logs?.list({ limit: MAX_DELIVERIES, namespace }),
  ]);
  const asked = { receivers, warehouses, ...(logs && { deliveries }) };
  const results = Object.entries(asked) as readonly (readonly [PartName, PromiseSettledResult<unknown>])[];
  const failed = results.flatMap(([part, result]) => (result.status === "rejected" ? [{ part, ...result }] : []));
  if (failed.length === results.length) throw failed[0]?.reason;
  const missing = failed.map(({ part, reason }): MissingPart => ({ part, reason: messageOf(explain(reason)) }));
  const list = hadOf(deliveries);
  const trouble = list ? troubleText(list) : "";
  const ofReplicas: readonly MissingPart[] = trouble === "" ? [] : [{ part: "deliveries", reason: trouble }];
  return {
    receivers: hadOf(receivers),
    warehouses: hadOf(warehouses),
    deliveries: list,
    missing: [...missing, ...ofReplicas],
  };
}

function hadOf<T>(result: PromiseSettledResult<T>): T | undefined {
  return result.status === "fulfilled" ? result.value : undefined;
}
