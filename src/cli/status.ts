// `dockbell status`: one screen for people without kubectl. What is not well comes first; lists that are long are cut, and
// say by how much and which command shows them whole.
import type { Clock } from "../clock.ts";
import { type DeliveryList, troubleText } from "../deliveries/delivery-list.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import { printable } from "../telemetry/printable.ts";
import type { Connection } from "./connection.ts";
import { type DeliveryRow, noDeliveriesText, pushText, replicaColumns, summaryRowOf } from "./delivery-rows.ts";
import { namespaceState } from "./namespace-state.ts";
import { type Column, listingText, type PrintOptions, valueText } from "./output.ts";
import { listReceivers, type Receiver, receiversText } from "./receivers.ts";
import { ageText } from "./table.ts";
import { toned } from "./terminal.ts";
import {
  discoveredText,
  listWarehouses,
  NO_WAREHOUSES,
  newest,
  readiness,
  readinessTone,
  troubleOf,
  warehouseId,
} from "./warehouses.ts";

const MAX_ROWS = { receivers: 6, warehouses: 12, troubles: 4, deliveries: 5 };
const MAX_TROUBLE_LENGTH = 300;
const INDENT = "  ";

export async function statusText(connection: Connection, given: PrintOptions, clock: Clock): Promise<string> {
  const { client, namespace, place } = connection;
  const [receivers, warehouses, deliveries] = await Promise.all([
    listReceivers(client, namespace),
    listWarehouses(client, namespace),
    connection.deliveries?.list({ limit: MAX_ROWS.deliveries, namespace }),
  ]);
  if (given.output === "json" || given.output === "yaml") {
    const { deliveries: latest = null, unanswered = [], conflicts = [] } = deliveries ?? {};
    return valueText({ place, receivers, warehouses, deliveries: latest, unanswered, conflicts }, given.output);
  }
  const isAnyEmpty = [receivers, warehouses, deliveries?.deliveries].some((list) => list?.length === 0);
  const options = { ...given, namespace: isAnyEmpty ? await namespaceState(connection, clock) : undefined };
  const inner = indented(options);
  const parts = [
    section(`Receivers${countText(receivers, ({ isReady }) => isReady)}`, receiversPart(receivers, inner), options),
    section(`Warehouses${countText(warehouses, isReady)}`, warehousesPart(warehouses, inner), options),
    section("Latest deliveries", deliveries ? deliveriesPart(deliveries, inner) : KEPT_ELSEWHERE, options),
  ];
  return [`${place}\n`, ...parts].join("\n");
}

const KEPT_ELSEWHERE = "Each receiver keeps its own: run dockbell deliveries list where it runs.\n";

function indented(options: PrintOptions): PrintOptions {
  const { columns } = options.terminal;
  return { ...options, terminal: { ...options.terminal, columns: columns && columns - INDENT.length } };
}

function section(title: string, text: string, { terminal }: PrintOptions): string {
  return `${toned(title, "title", terminal)}\n${text.replace(/^(?=.)/gm, INDENT)}`;
}

function countText<T>(all: readonly T[], isGood: (one: T) => boolean): string {
  const bad = all.filter((one) => !isGood(one)).length;
  if (all.length === 0) return "";
  return bad === 0 ? ` (${all.length})` : ` (${all.length}, ${bad} not ready)`;
}

function receiversPart(receivers: readonly Receiver[], options: PrintOptions): string {
  const [bad, good] = split(receivers, ({ isReady }) => !isReady);
  const shown = [...bad, ...good].slice(0, MAX_ROWS.receivers);
  return receiversText(shown, options) + moreText(receivers.length - shown.length, "dockbell receivers list");
}

function warehousesPart(warehouses: readonly Warehouse[], options: PrintOptions): string {
  const discoveredAt = ({ status }: Warehouse) => status?.discoveredArtifacts?.discoveredAt ?? "";
  const newestFirst = warehouses.toSorted((a, b) => discoveredAt(b).localeCompare(discoveredAt(a)));
  const [bad, ready] = split(newestFirst, (warehouse) => !isReady(warehouse));
  const [waiting, good] = split(ready, (warehouse) => troubleOf(warehouse) !== undefined);
  const rows = [...bad, ...waiting, ...good].slice(0, MAX_ROWS.warehouses);
  const columns: readonly Column<Warehouse>[] = [
    { head: "WAREHOUSE", cell: warehouseId, cut: "start" },
    { head: "READY", cell: readiness, tone: readinessTone },
    { head: "DISCOVERED", cell: (warehouse) => discoveredText(warehouse, options.nowMs) },
    { head: "NEWEST", cell: (warehouse) => newest(warehouse).join(", "), cut: "start" },
  ];
  const text = listingText({ rows, columns, nameOf: warehouseId, empty: NO_WAREHOUSES }, options);
  return text + moreText(warehouses.length - rows.length, "dockbell warehouses list") + troublesText(rows);
}

/** Whole sentences, which no column has room for. */
function troublesText(warehouses: readonly Warehouse[]): string {
  const lines = warehouses.flatMap((warehouse) => {
    const trouble = troubleOf(warehouse);
    return trouble ? [`${warehouseId(warehouse)} ${trouble.reason}: ${trouble.message}`] : [];
  });
  const shown = lines.slice(0, MAX_ROWS.troubles).map((line) => `${printable(line, MAX_TROUBLE_LENGTH)}\n`);
  return shown.length === 0 ? "" : `\n${shown.join("")}`;
}

function isReady(warehouse: Warehouse): boolean {
  return readiness(warehouse) === "True";
}

function split<T>(all: readonly T[], isFirst: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}

function moreText(count: number, command: string): string {
  return count > 0 ? `… and ${count} more: ${command}\n` : "";
}

/** A delivery that concerns many Warehouses takes one row. */
function deliveriesPart(list: DeliveryList, options: PrintOptions): string {
  const columns: readonly Column<DeliveryRow>[] = [
    { head: "AGE", cell: ({ delivery }) => ageText(options.nowMs - Date.parse(delivery.arrivedAt)) },
    ...replicaColumns(list),
    { head: "PUSH", cell: pushText, cut: "start" },
    { head: "WAREHOUSE", cell: ({ warehouse }) => warehouse, cut: "start" },
    { head: "STATE", cell: ({ state }) => state, tone: ({ tone }) => tone },
    { head: "REASON", cell: ({ tone, reason }) => (tone === "good" ? "" : reason) },
  ];
  const rows = list.deliveries.map(summaryRowOf);
  const empty = noDeliveriesText(options.namespace?.namespace);
  const text = listingText({ rows, columns, nameOf: ({ delivery }) => delivery.id, empty }, options);
  const trouble = troubleText(list);
  return trouble === "" ? text : `${text}${trouble}\n`;
}
