// `dockbell deliveries list`: what arrived, and what became of it for each Warehouse, with the rule that decided.
import type { DeliveryList } from "../deliveries/delivery-list.ts";
import { type Connection, deliveryLogsOf } from "./connection.ts";
import { type DeliveryRow, noDeliveriesText, pushText, replicaColumns, rowsOf } from "./delivery-rows.ts";
import { type Column, listingText, type PrintOptions } from "./output.ts";
import { ageText } from "./table.ts";

/** Throws `InputError` where there are none to ask for. */
export async function listDeliveries(connection: Connection, limit: number): Promise<DeliveryList> {
  return deliveryLogsOf(connection, "list").list({ limit, namespace: connection.namespace });
}

export function deliveriesText(list: DeliveryList, options: PrintOptions): string {
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
  const empty = noDeliveriesText(namespace?.namespace);
  return listingText({ rows, columns, nameOf: ({ delivery }) => delivery.id, empty }, options) + hintText(rows);
}

/** Below the table, whose cells may be cut. */
function hintText(rows: readonly DeliveryRow[]): string {
  const [first, ...others] = rows.filter(({ isRest }) => isRest);
  if (!first) return "";
  const of = others.length === 0 ? first.delivery.id : "ID";
  const where = others.length === 0 ? "" : "; -o wide has the ids";
  return `Not all Warehouses and tags are named: dockbell deliveries show ${of} names them${where}.\n`;
}
