// Deliveries as rows of a table: one for each Warehouse and tag in `dockbell deliveries`, one for each delivery in
// `dockbell status`. Several tags of one push are counted, and followed, one by one for each Warehouse.
import type { DeliveryList } from "../deliveries/delivery-list.ts";
import type { DeliverySummary, ListedState, TargetCounts } from "../deliveries/told-delivery.ts";
import type { TargetState } from "../warehouses/target.ts";
import type { Column } from "./output.ts";
import type { Tone } from "./terminal.ts";

/** One delivery and one of the Warehouses and tags it concerns, several of them, or none. */
export interface DeliveryRow {
  readonly delivery: DeliverySummary;
  /** Empty for all of them. */
  readonly tag: string;
  readonly warehouse: string;
  readonly state: string;
  readonly tone: Tone | undefined;
  readonly reason: string;
  /** It stands for several that the list does not name. */
  readonly isRest?: true;
}

const NOT_MATCHED = "not-matched";
const TONES: Readonly<Record<TargetState | typeof NOT_MATCHED, Tone | undefined>> = {
  pending: "waiting",
  refreshed: "waiting",
  handled: "good",
  discovered: "good",
  "not-wanted": undefined,
  "not-visible": "waiting",
  retrying: "waiting",
  failed: "bad",
  gone: undefined,
  [NOT_MATCHED]: undefined,
};

/** A row for each Warehouse and tag that is named; those that did not match where no other is, or all are wanted. */
export function rowsOf(delivery: DeliverySummary, isWide: boolean): readonly DeliveryRow[] {
  const matched = [...matchedRows(delivery), ...moreRows(delivery)];
  if (matched.length > 0 && !isWide) return matched;
  const rows = [...matched, ...notMatchedRows(delivery)];
  if (rows.length > 0) return rows;
  const { verdict, reason } = delivery;
  return [
    { delivery, tag: "", warehouse: "", state: verdict, tone: verdict === "refused" ? "bad" : undefined, reason },
  ];
}

/** How many are in each state, and why the first that is not done is not. */
export function summaryRowOf(delivery: DeliverySummary): DeliveryRow {
  const rows = rowsOf(delivery, false);
  const [first, ...others] = rows as readonly [DeliveryRow, ...DeliveryRow[]];
  if (others.length === 0) return first;
  const { targetCounts: counts, notMatchedCount } = delivery;
  const isMatched = totalOf(counts) > 0;
  const ids = new Set(rows.map(({ warehouse }) => warehouse));
  const named = ids.size === 1 ? first.warehouse : `${ids.size} Warehouses`;
  const isAnyUnnamed = rows.some(({ isRest }) => isRest);
  const warehouse = isAnyUnnamed ? unnamedText(delivery, isMatched ? totalOf(counts) : notMatchedCount) : named;
  return { ...first, tag: "", warehouse, ...(isMatched && stateOfAll(counts)) };
}

function matchedRows(delivery: DeliverySummary): readonly DeliveryRow[] {
  return delivery.targets.map(({ namespace, name, tag, state, reason, rule }) => {
    return { delivery, tag, warehouse: `${namespace}/${name}`, state, tone: TONES[state], reason: reason || rule };
  });
}

/** One for those that the list does not name. */
function moreRows(delivery: DeliverySummary): readonly DeliveryRow[] {
  const left = new Map(Object.entries(delivery.targetCounts));
  for (const { state } of delivery.targets) left.set(state, (left.get(state) ?? 0) - 1);
  const counts: TargetCounts = Object.fromEntries([...left].filter(([, count]) => count > 0));
  const count = totalOf(counts);
  if (count === 0) return [];
  const warehouse = delivery.targets.length > 0 ? `${count} more` : unnamedText(delivery, count);
  const { tone } = stateOfAll(counts);
  return [{ delivery, tag: "", warehouse, state: countsText(counts), tone, reason: "", isRest: true }];
}

function notMatchedRows(delivery: DeliverySummary): readonly DeliveryRow[] {
  const as = { delivery, state: NOT_MATCHED, tone: TONES[NOT_MATCHED] };
  const named = delivery.notMatched.map(({ namespace, name, tag, rule }) => {
    return { ...as, tag, warehouse: `${namespace}/${name}`, reason: rule };
  });
  const left = delivery.notMatchedCount - named.length;
  if (left <= 0) return named;
  const warehouse = named.length > 0 ? `${left} more` : unnamedText(delivery, left);
  return [...named, { ...as, tag: "", warehouse, reason: "", isRest: true }];
}

/** By several tags a Warehouse is counted several times. */
function unnamedText({ tagCount }: DeliverySummary, count: number): string {
  return tagCount > 1 ? `${count} Warehouse/tag pairs` : `${count} Warehouses`;
}

/** With the colour of the one that needs to be looked at most, which stands first. */
function stateOfAll(counts: TargetCounts): Pick<DeliveryRow, "state" | "tone"> {
  const states = Object.keys(counts);
  const [first = ""] = states;
  return { state: states.length === 1 ? first : countsText(counts), tone: toneOf(first) };
}

/** `2 failed, 1998 discovered`. */
export function countsText(counts: TargetCounts): string {
  return Object.entries(counts)
    .map(([state, count]) => `${count} ${state}`)
    .join(", ");
}

function totalOf(counts: TargetCounts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** Another version may tell of a state that this one does not know. */
export function toneOf(state: string): Tone | undefined {
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

type Pushed = Pick<DeliverySummary, "repoURLs" | "tags"> & Partial<Pick<DeliverySummary, "tagCount">>;

/** Where several replicas keep deliveries, whose each one is. */
export function replicaColumns({ replicas, unanswered }: DeliveryList): readonly Column<DeliveryRow>[] {
  const hasOthers = replicas.length + unanswered.length > 1;
  return hasOthers ? [{ head: "REPLICA", cell: ({ delivery }) => delivery.replica }] : [];
}

export function noDeliveriesText(namespace: string | undefined, state?: ListedState): string {
  const which = namespace === undefined ? "" : ` for namespace ${namespace}`;
  if (state !== undefined) return `No deliveries${which} are in the state ${state}.`;
  return `No deliveries yet${which}: register a receiver's URL with Docker Hub, or try dockbell send.`;
}
