// `dockbell deliveries`: what arrived, and what became of it for each Warehouse, with the rule that decided.
import { type DeliveryList, type ListedDelivery, MAX_LISTED, type Unanswered } from "../deliveries/delivery-list.ts";
import type { ToldDelivery } from "../deliveries/told-delivery.ts";
import { InputError } from "../errors.ts";
import { printable } from "../telemetry/printable.ts";
import type { TargetState } from "../warehouses/target.ts";
import type { Connection } from "./connection.ts";
import { type Column, listingText, type PrintOptions } from "./output.ts";
import { ageText } from "./table.ts";
import type { Tone } from "./terminal.ts";

/** One delivery and one of the Warehouses and tags it concerns, or none. */
export interface DeliveryRow {
  readonly delivery: ListedDelivery;
  /** Empty for all of them. */
  readonly tag: string;
  readonly warehouse: string;
  readonly state: string;
  readonly reason: string;
}

export const NO_DELIVERIES = "No deliveries yet: register a receiver's URL with Docker Hub, or try dockbell send.";

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

/** Throws `InputError` for a limit that is none, and where there are none to ask for. */
export async function listDeliveries(
  { recentDeliveries, place, namespace }: Connection,
  limit: string,
): Promise<DeliveryList> {
  if (!recentDeliveries) {
    throw new InputError(`${place} has none: each receiver keeps its own, run dockbell deliveries list where it runs`);
  }
  const count = Number(limit);
  if (!/^\d+$/.test(limit) || count < 1 || count > MAX_LISTED) {
    throw new InputError(`--limit: "${limit}" is not a number from 1 to ${MAX_LISTED}: write it like 20`);
  }
  return concerning(namespace, await recentDeliveries(count));
}

/** Of its deliveries, those that reached a receiver of the namespace, or one of its Warehouses; all without one. */
export function concerning(namespace: string | undefined, list: DeliveryList): DeliveryList {
  if (namespace === undefined) return list;
  const isConcerned = ({ project, targets }: ToldDelivery) =>
    project === namespace || targets.some((one) => one.namespace === namespace);
  return { ...list, deliveries: list.deliveries.filter(isConcerned) };
}

/** Whose deliveries are missing and why; empty when nobody's are. */
export function missingText(unanswered: readonly Unanswered[]): string {
  const texts = unanswered.map(({ replica, reason }) => `the deliveries of ${replica} are missing: ${reason}`);
  return printable(texts.join("; "));
}

export function deliveriesText({ deliveries, ...of }: DeliveryList, options: PrintOptions): string {
  const { output } = options;
  if (output === "json" || output === "yaml" || output === "name") {
    return listingText({ rows: deliveries, columns: [], nameOf: ({ id }) => id, empty: "" }, options);
  }
  const hasOthers = of.replicas.length + of.unanswered.length > 1;
  const replica: Column<DeliveryRow> = { head: "REPLICA", cell: ({ delivery }) => delivery.replica };
  const columns: readonly Column<DeliveryRow>[] = [
    { head: "AGE", cell: ({ delivery }) => ageText(options.nowMs - Date.parse(delivery.arrivedAt)) },
    ...(hasOthers ? [replica] : []),
    { head: "RECEIVER", cell: ({ delivery }) => `${delivery.project}/${delivery.receiver}` },
    { head: "PUSH", cell: pushText, cut: "start" },
    { head: "WAREHOUSE", cell: ({ warehouse }) => warehouse },
    { head: "STATE", cell: ({ state }) => state, tone: ({ state }) => toneOf(state) },
    { head: "REASON", cell: ({ reason }) => reason },
    { head: "ID", isWide: true, cell: ({ delivery }) => delivery.id },
  ];
  const rows = deliveries.flatMap((delivery) => rowsOf(delivery, output === "wide"));
  return listingText({ rows, columns, nameOf: ({ delivery }) => delivery.id, empty: NO_DELIVERIES }, options);
}

/** A row for each Warehouse and tag; those that did not match are named where no other was, or all are asked for. */
export function rowsOf(delivery: ListedDelivery, isWide: boolean): readonly DeliveryRow[] {
  const matched = delivery.targets.map(({ namespace, name, tag, state, reason, rule }) => {
    return { delivery, tag, warehouse: `${namespace}/${name}`, state, reason: reason || rule };
  });
  const others = delivery.notMatched.map(({ namespace, name, tag, rule }) => {
    return { delivery, tag, warehouse: `${namespace}/${name}`, state: "not-matched", reason: rule };
  });
  const rows = isWide || matched.length === 0 ? [...matched, ...others] : matched;
  return rows.length > 0
    ? rows
    : [{ delivery, tag: "", warehouse: "", state: delivery.verdict, reason: delivery.reason }];
}

export function toneOf(state: string): Tone | undefined {
  if (state === "refused") return "bad";
  return Object.hasOwn(TONES, state) ? TONES[state as TargetState] : undefined;
}

export function pushText({ delivery, tag }: DeliveryRow): string {
  const [repository = ""] = delivery.repoURLs;
  const tags = tag === "" ? delivery.tags.join(",") : tag;
  return tags === "" ? repository : `${repository}:${tags}`;
}
