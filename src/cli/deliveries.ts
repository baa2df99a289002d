// `dockbell deliveries list`: what arrived, and what became of it for each Warehouse, with the rule that decided.
import type { DeliveryList, ListedDelivery } from "../deliveries/delivery-list.ts";
import type { TargetCounts } from "../deliveries/told-delivery.ts";
import { InputError } from "../errors.ts";
import type { TargetState } from "../warehouses/target.ts";
import type { Connection, DeliveryLogs } from "./connection.ts";
import { type Column, listingText, type PrintOptions } from "./output.ts";
import { ageText } from "./table.ts";
import type { Tone } from "./terminal.ts";

/** One delivery and one of the Warehouses and tags it concerns, those that are not named, or none. */
export interface DeliveryRow {
  readonly delivery: ListedDelivery;
  /** Empty for all of them. */
  readonly tag: string;
  readonly warehouse: string;
  readonly state: string;
  readonly reason: string;
  /** It stands for several that the list does not name. */
  readonly isRest?: true;
}

const TONES: Readonly<Record<TargetState, Tone | undefined>> = {
  pending: "waiting",
  refreshed: "waiting",
  handled: "good",
  discovered: "good",
  "not-wanted": undefined,
  "not-visible": "waiting",
  retrying: "waiting",
  failed: "bad",
  gone: undefined,
};

/** Throws `InputError` where there are none to ask for. */
export async function listDeliveries(connection: Connection, limit: number): Promise<DeliveryList> {
  return logsOf(connection, "list").list({ limit, namespace: connection.namespace });
}

/** Throws `InputError` where there are none; `command` is the one that wants them. */
export function logsOf({ deliveries, place }: Connection, command: string): DeliveryLogs {
  if (deliveries) return deliveries;
  throw new InputError(
    `${place} has none: each receiver keeps its own, run dockbell deliveries ${command} where it runs`,
  );
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
    { head: "STATE", cell: ({ state }) => state, tone: ({ state }) => toneOf(state) },
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
  return `Not all Warehouses are named: dockbell deliveries show ${of} names them${where}.\n`;
}

/** Where several replicas keep deliveries, whose each one is. */
export function replicaColumns({ replicas, unanswered }: DeliveryList): readonly Column<DeliveryRow>[] {
  const hasOthers = replicas.length + unanswered.length > 1;
  return hasOthers ? [{ head: "REPLICA", cell: ({ delivery }) => delivery.replica }] : [];
}

export function noDeliveriesText(namespace: string | undefined): string {
  const which = namespace === undefined ? "" : ` for namespace ${namespace}`;
  return `No deliveries yet${which}: register a receiver's URL with Docker Hub, or try dockbell send.`;
}

/** A row for each Warehouse and tag that is named; those that did not match where no other was, or all are asked for. */
export function rowsOf(delivery: ListedDelivery, isWide: boolean): readonly DeliveryRow[] {
  const matched = [...matchedRows(delivery), ...moreRows(delivery)];
  if (matched.length > 0 && !isWide) return matched;
  const rows = [...matched, ...notMatchedRows(delivery)];
  return rows.length > 0
    ? rows
    : [{ delivery, tag: "", warehouse: "", state: delivery.verdict, reason: delivery.reason }];
}

function matchedRows(delivery: ListedDelivery): readonly DeliveryRow[] {
  return delivery.targets.map(({ namespace, name, tag, state, reason, rule }) => {
    return { delivery, tag, warehouse: `${namespace}/${name}`, state, reason: reason || rule };
  });
}

/** One for those that the list does not name. */
function moreRows(delivery: ListedDelivery): readonly DeliveryRow[] {
  const left = new Map(Object.entries(delivery.targetCounts));
  for (const { state } of delivery.targets) left.set(state, (left.get(state) ?? 0) - 1);
  const counts = Object.fromEntries([...left].filter(([, count]) => count > 0));
  const count = totalOf(counts);
  if (count === 0) return [];
  const warehouse = restText(count, delivery.targets);
  return [{ delivery, tag: "", warehouse, state: countsText(counts), reason: "", isRest: true }];
}

function notMatchedRows(delivery: ListedDelivery): readonly DeliveryRow[] {
  const state = "not-matched";
  const named = delivery.notMatched.map(({ namespace, name, tag, rule }) => {
    return { delivery, tag, warehouse: `${namespace}/${name}`, state, reason: rule };
  });
  const left = delivery.notMatchedCount - named.length;
  if (left <= 0) return named;
  return [...named, { delivery, tag: "", warehouse: restText(left, named), state, reason: "", isRest: true }];
}

function restText(count: number, named: readonly unknown[]): string {
  return named.length > 0 ? `${count} more` : `${count} Warehouses`;
}

/** `2 failed, 1998 discovered`. */
export function countsText(counts: TargetCounts): string {
  return Object.entries(counts)
    .map(([state, count]) => `${count} ${state}`)
    .join(", ");
}

export function totalOf(counts: TargetCounts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

export function toneOf(state: string): Tone | undefined {
  if (state === "refused") return "bad";
  return Object.hasOwn(TONES, state) ? TONES[state as TargetState] : undefined;
}

/** Of all tags where `tag` is empty. */
export function pushText({ delivery, tag }: Pick<DeliveryRow, "tag"> & { readonly delivery: Pushed }): string {
  const { repoURLs, tags, tagCount = tags.length } = delivery;
  const [repository = ""] = repoURLs;
  const all = tagCount > tags.length ? [...tags, "…"] : tags;
  const told = tag === "" ? all.join(",") : tag;
  return told === "" ? repository : `${repository}:${told}`;
}

type Pushed = Pick<ListedDelivery, "repoURLs" | "tags"> & Partial<Pick<ListedDelivery, "tagCount">>;
