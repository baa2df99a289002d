// `dockbell deliveries`: what arrived, and what became of it for each Warehouse, with the rule that decided.
import type { ToldDelivery } from "../deliveries/told-delivery.ts";
import { type Column, listingText, type Output } from "./output.ts";
import { ageText } from "./table.ts";

/** One delivery and one of the Warehouses it concerns, or none. */
interface Row {
  readonly delivery: ToldDelivery;
  readonly warehouse: string;
  readonly state: string;
  readonly reason: string;
}

export function deliveriesText(deliveries: readonly ToldDelivery[], nowMs: number, output: Output): string {
  const columns: readonly Column<Row>[] = [
    { head: "AGE", cell: ({ delivery }) => ageText(nowMs - Date.parse(delivery.arrivedAt)) },
    { head: "RECEIVER", cell: ({ delivery }) => `${delivery.project}/${delivery.receiver}` },
    { head: "PUSH", cell: ({ delivery }) => pushText(delivery) },
    { head: "WAREHOUSE", cell: ({ warehouse }) => warehouse },
    { head: "STATE", cell: ({ state }) => state },
    { head: "REASON", cell: ({ reason }) => reason },
    { head: "ID", isWide: true, cell: ({ delivery }) => delivery.id },
  ];
  if (output === "json" || output === "yaml") return listingText({ rows: deliveries, columns: [], empty: "" }, output);
  const rows = deliveries.flatMap((delivery) => rowsOf(delivery, output === "wide"));
  return listingText({ rows, columns, empty: "No deliveries yet." }, output);
}

function rowsOf(delivery: ToldDelivery, isWide: boolean): readonly Row[] {
  const matched = delivery.targets.map(({ namespace, name, state, reason, rule }) => {
    return { delivery, warehouse: `${namespace}/${name}`, state, reason: reason || rule };
  });
  const others = delivery.notMatched.map(({ namespace, name, rule }) => {
    return { delivery, warehouse: `${namespace}/${name}`, state: "not-matched", reason: rule };
  });
  const rows = isWide || matched.length === 0 ? [...matched, ...others] : matched;
  return rows.length > 0 ? rows : [{ delivery, warehouse: "", state: delivery.verdict, reason: delivery.reason }];
}

function pushText({ repoURLs, tag }: ToldDelivery): string {
  const [repository = ""] = repoURLs;
  return tag === "" ? repository : `${repository}:${tag}`;
}
