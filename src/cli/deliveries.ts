// `dockbell deliveries list`: what arrived, and what became of it for each Warehouse, with the rule that decided.
import { type DeliveryList, MAX_LIMIT, openLeft } from "../deliveries/delivery-list.ts";
import type { ListedState } from "../deliveries/told-delivery.ts";
import { type Connection, deliveryLogsOf } from "./connection.ts";
import { type DeliveryRow, noDeliveriesText, pushText, replicaColumns, rowsOf } from "./delivery-rows.ts";
import { type Column, listingText, type PrintOptions } from "./output.ts";
import { ageText } from "./table.ts";

export interface WantedDeliveries {
  readonly limit: number;
  /** Those of any when undefined. */
  readonly state: ListedState | undefined;
}

/** Throws `InputError` where there are none to ask for. */
export async function listDeliveries(connection: Connection, wanted: WantedDeliveries): Promise<DeliveryList> {
  return deliveryLogsOf(connection, "list").list({ ...wanted, namespace: connection.namespace });
}

export function deliveriesText(list: DeliveryList, options: PrintOptions, state?: ListedState): string {
  const { output, nowMs, namespace } = options;
  if (output === "json" || output === "yaml" || output === "name") {
    return listingText({ rows: list.deliveries, columns: [], nameOf: ({ id }) => id, empty: "" }, options);
  }
  const columns: readonly Column<DeliveryRow>[] = [
    { head: "AGE", cell: ({ delivery }) => ageText(nowMs - Date.parse(delivery.arrivedAt)) },
    ...replicaColumns(list),
    { head: "RECEIVER", cell: ({ delivery }) => `${delivery.project}/${delivery.receiver}` },
    { head: "PUSH", cell: pushText, cut: "start" },
    { head: "WAREHOUSE", cell: ({ warehouse }) => warehouse },
    { head: "STATE", cell: ({ state }) => state, tone: ({ tone }) => tone },
    { head: "REASON", cell: ({ reason }) => reason },
    { head: "ID", isWide: true, cell: ({ delivery }) => delivery.id },
  ];
  const rows = list.deliveries.flatMap((delivery) => rowsOf(delivery, output === "wide"));
  const empty = noDeliveriesText(namespace?.namespace, state);
  const table = listingText({ rows, columns, nameOf: ({ delivery }) => delivery.id, empty }, options);
  return table + unnamedText(rows) + leftText(list, state);
}

/** Below the table, whose cells may be cut. */
function unnamedText(rows: readonly DeliveryRow[]): string {
  const [first, ...others] = rows.filter(({ isRest }) => isRest);
  if (!first) return "";
  const of = others.length === 0 ? first.delivery.id : "ID";
  const where = others.length === 0 ? "" : "; -o wide has the ids";
  return `Not all Warehouses and tags are named: dockbell deliveries show ${of} names them${where}.\n`;
}

/** What the list leaves out, and how to see it. */
function leftText(list: DeliveryList, state: ListedState | undefined): string {
  const open = state === undefined ? openLeft(list) : 0;
  const which =
    open === 1 ? "1 of them is open, --state open lists it" : `${open} of them are open, --state open lists them`;
  if (!list.hasMore) return "";
  const isLongest = list.deliveries.length >= MAX_LIMIT;
  const advice = isLongest ? "-n and --state leave others out" : `--limit lists up to ${MAX_LIMIT}`;
  return `There are older ones, ${advice}${open > 0 ? `; ${which}` : ""}.\n`;
}
