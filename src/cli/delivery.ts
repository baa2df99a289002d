// `dockbell deliveries show`: one delivery whole, with every Warehouse that it concerns.
import type { NotMatched } from "../deliveries/delivery.ts";
import { type DeliveryPage, STATES_IN_ORDER, targetCountsOf } from "../deliveries/told-delivery.ts";
import { printable } from "../telemetry/printable.ts";
import type { Target } from "../warehouses/target.ts";
import { type Connection, deliveryLogsOf } from "./connection.ts";
import { countsText, pushText, toneOf } from "./delivery-rows.ts";
import { type Column, listingText, type PrintOptions, valueText } from "./output.ts";
import { ageText } from "./table.ts";

/**
 * With all of its targets, or those of the connection's namespace, on one page. Throws `InputError` where there is no
 * delivery of that id, or nobody to ask for one.
 */
export async function findDelivery(connection: Connection, id: string): Promise<DeliveryPage> {
  const logs = deliveryLogsOf(connection, "show");
  const targets: Target[] = [];
  let delivery: DeliveryPage;
  let continueToken: string | undefined;
  do {
    ({ continue: continueToken, ...delivery } = await logs.page({ id, continueToken }));
    targets.push(...delivery.targets);
  } while (continueToken !== undefined);
  const { namespace } = connection;
  const isWanted = (one: { readonly namespace: string }) => namespace === undefined || one.namespace === namespace;
  return { ...delivery, targets: targets.filter(isWanted), notMatched: delivery.notMatched.filter(isWanted) };
}

/** One of the Warehouses and tags. */
interface ConcernedRow {
  readonly warehouse: string;
  readonly tag: string;
  readonly state: string;
  readonly attempt: string;
  readonly reason: string;
}

const COLUMNS: readonly Column<ConcernedRow>[] = [
  { head: "WAREHOUSE", cell: ({ warehouse }) => warehouse },
  { head: "TAG", cell: ({ tag }) => tag, cut: "start" },
  { head: "STATE", cell: ({ state }) => state, tone: ({ state }) => toneOf(state) },
  { head: "REFRESHES", isWide: true, cell: ({ attempt }) => attempt },
  { head: "REASON", cell: ({ reason }) => reason },
];

const FIELD_WIDTH = "Receiver:  ".length;
const MAX_FIELD_LENGTH = 1_000;

/** What is not done stands first, what did not match last. */
export function deliveryText(delivery: DeliveryPage, options: PrintOptions): string {
  const { output } = options;
  if (output === "json" || output === "yaml") return valueText(delivery, output);
  const ofState = Map.groupBy(delivery.targets, ({ state }) => state);
  const targets = STATES_IN_ORDER.flatMap((state) => ofState.get(state) ?? []);
  const rows = [...targets.map(targetRow), ...delivery.notMatched.map(notMatchedRow)];
  const { namespace } = options.namespace ?? {};
  const empty =
    namespace === undefined ? "It concerns no Warehouse." : `It concerns no Warehouse of namespace ${namespace}.`;
  const table = listingText({ rows, columns: COLUMNS, nameOf: ({ warehouse }) => warehouse, empty }, options);
  return `${headText(delivery, options.nowMs)}\n${table}`;
}

function headText(delivery: DeliveryPage, nowMs: number): string {
  const { id, replica, arrivedAt, project, receiver, sender, verdict, reason, targets, notMatched } = delivery;
  const counts = new Map(
    [...Map.groupBy(targets, ({ state }) => state)].map(([state, those]) => [state, those.length]),
  );
  const concerned = [countsText(targetCountsOf(counts)), notMatched.length > 0 && `${notMatched.length} not-matched`];
  const fields = [
    ["ID", id],
    ["Replica", replica],
    ["Arrived", `${arrivedAt}, ${ageText(nowMs - Date.parse(arrivedAt))} ago`],
    ["Receiver", `${project}/${receiver} (${sender})`],
    ["Push", pushText({ delivery, tag: "" })],
    ["Verdict", reason === "" ? verdict : `${verdict}: ${reason}`],
    ["States", concerned.filter(Boolean).join(", ") || "none"],
  ];
  return fields
    .map(([name, value = ""]) => `${`${name}:`.padEnd(FIELD_WIDTH)}${printable(value, MAX_FIELD_LENGTH)}\n`)
    .join("");
}

function targetRow({ namespace, name, tag, state, attempt, reason, rule }: Target): ConcernedRow {
  return { warehouse: `${namespace}/${name}`, tag, state, attempt: String(attempt), reason: reason || rule };
}

function notMatchedRow({ namespace, name, tag, rule }: NotMatched): ConcernedRow {
  return { warehouse: `${namespace}/${name}`, tag, state: "not-matched", attempt: "", reason: rule };
}
