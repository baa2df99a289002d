// `dockbell status`: one screen for people without kubectl. What is not well comes first; lists that are long are cut,
// and say by how much and which command shows them whole; what could not be had says why in its place.
import { type DeliveryList, openLeft } from "../deliveries/delivery-list.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import { printable } from "../telemetry/printable.ts";
import { type DeliveryRow, noDeliveriesText, pushText, replicaColumns, summaryRowOf } from "./delivery-rows.ts";
import { type Column, listingText, type PrintOptions, valueText } from "./output.ts";
import { type Receiver, receiversText } from "./receivers.ts";
import type { PartName, StatusParts } from "./status-parts.ts";
import { ageText } from "./table.ts";
import { toned } from "./terminal.ts";
import {
  discoveredText,
  NO_WAREHOUSES,
  newest,
  readiness,
  readinessTone,
  troubleOf,
  warehouseId,
} from "./warehouses.ts";

const MAX_ROWS = { receivers: 6, warehouses: 12, troubles: 4 };
const MAX_TROUBLE_LENGTH = 300;
const INDENT = "  ";

/** `place` is where it was asked for. */
export function statusText(place: string, parts: StatusParts, options: PrintOptions): string {
  const { receivers, warehouses, deliveries, missing } = parts;
  if (options.output === "json" || options.output === "yaml") return valueText(statusOf(place, parts), options.output);
  const inner = indented(options);
  const sections: readonly (readonly [part: PartName, title: string, text: string])[] = [
    ["receivers", `Receivers${countText(receivers, ({ isReady }) => isReady)}`, receiversPart(receivers, inner)],
    ["warehouses", `Warehouses${countText(warehouses, isReady)}`, warehousesPart(warehouses, inner)],
    ["deliveries", `Latest deliveries${openText(deliveries)}`, deliveriesPart(deliveries, inner)],
  ];
  const shown = sections.map(([part, title, text]) => {
    const reasons = missing.filter((one) => one.part === part).map(({ reason }) => `${printable(reason)}\n`);
    return section(title, [text, ...reasons].join("") || KEPT_ELSEWHERE, options);
  });
  return [`${place}\n`, ...shown].join("\n");
}

const KEPT_ELSEWHERE = "Each receiver keeps its own: run dockbell deliveries list where it runs.\n";

/** Null stands for what is missing or kept elsewhere. */
function statusOf(place: string, { receivers, warehouses, deliveries: list, missing }: StatusParts) {
  const { deliveries = null, unanswered = [], conflicts = [] } = list ?? {};
  const objects = { receivers: receivers ?? null, warehouses: warehouses ?? null };
  return { place, ...objects, deliveries, unanswered, conflicts, missing };
}

/** Where something is missing: which parts, whose reasons the text tells. */
export function missingText({ missing }: StatusParts): string {
  return `not all could be had: ${[...new Set(missing.map(({ part }) => part))].join(", ")}`;
}

function indented(options: PrintOptions): PrintOptions {
  const { columns } = options.terminal;
  return { ...options, terminal: { ...options.terminal, columns: columns && columns - INDENT.length } };
}

function section(title: string, text: string, { terminal }: PrintOptions): string {
  return `${toned(title, "title", terminal)}\n${text.replace(/^(?=.)/gm, INDENT)}`;
}

function countText<T>(all: readonly T[] = [], isGood: (one: T) => boolean): string {
  const bad = all.filter((one) => !isGood(one)).length;
  if (all.length === 0) return "";
  return bad === 0 ? ` (${all.length})` : ` (${all.length}, ${bad} not ready)`;
}

function receiversPart(receivers: readonly Receiver[] | undefined, options: PrintOptions): string {
  if (!receivers) return "";
  const [bad, good] = split(receivers, ({ isReady }) => !isReady);
  const shown = [...bad, ...good].slice(0, MAX_ROWS.receivers);
  return receiversText(shown, options) + moreText(receivers.length - shown.length, "dockbell receivers list");
}

function warehousesPart(warehouses: readonly Warehouse[] | undefined, options: PrintOptions): string {
  if (!warehouses) return "";
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

function moreText(count: number, command: string, which = ""): string {
  return count > 0 ? `… and ${[count, "more", which].filter(Boolean).join(" ")}: ${command}\n` : "";
}

/** A delivery that concerns many Warehouses takes one row. */
function deliveriesPart(list: DeliveryList | undefined, options: PrintOptions): string {
  if (!list) return "";
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
  return text + moreText(openLeft(list), "dockbell deliveries list --state open", "that are open");
}

/** All that are open, shown or not. */
function openText({ openCount = 0 }: Partial<DeliveryList> = {}): string {
  return openCount === 0 ? "" : ` (${openCount} open)`;
}
