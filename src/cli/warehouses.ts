// `dockbell warehouses list`: what each Warehouse discovered, and what keeps it from being well.
import type { KubeClient } from "../kube/client.ts";
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import { PUSHES_DISCOVERED } from "../resources/pushes.ts";
import { WAREHOUSES, type Warehouse } from "../resources/warehouse.ts";
import { type Column, listingText, type PrintOptions } from "./output.ts";
import { ageText } from "./table.ts";
import type { Tone } from "./terminal.ts";

/** Why a Warehouse is not well, in a word and a sentence. */
interface Trouble {
  readonly reason: string;
  readonly message: string;
}

export const NO_WAREHOUSES = "No Warehouses: apply one, and its artifacts are discovered.";

export async function listWarehouses(
  client: KubeClient,
  namespace: string | undefined,
  signal?: AbortSignal,
): Promise<readonly Warehouse[]> {
  return (await client.list<Warehouse>(WAREHOUSES, { namespace, signal })).items;
}

export function warehousesText(warehouses: readonly Warehouse[], options: PrintOptions): string {
  const columns: readonly Column<Warehouse>[] = [
    { head: "NAMESPACE", cell: ({ metadata }) => metadata.namespace ?? "" },
    { head: "NAME", cell: ({ metadata }) => metadata.name },
    { head: "READY", cell: readiness, tone: readinessTone },
    { head: "NEWEST", cell: (warehouse) => newest(warehouse).join(", "), cut: "start" },
    { head: "DISCOVERED", cell: (warehouse) => discoveredText(warehouse, options.nowMs) },
    { head: "REFRESH", cell: refreshText },
    { head: "STATUS", cell: (warehouse) => troubleOf(warehouse)?.reason ?? "" },
    { head: "MESSAGE", isWide: true, cell: (warehouse) => troubleOf(warehouse)?.message ?? "" },
  ];
  return listingText({ rows: warehouses, columns, nameOf: warehouseId, empty: NO_WAREHOUSES }, options);
}

/** `namespace/name`, as commands take it. */
export function warehouseId({ metadata }: Warehouse): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

/** The newest artifact of each subscription, like `example/app:1.2.0`. */
export function newest({ status }: Warehouse): readonly string[] {
  const { images, charts, git } = status?.discoveredArtifacts ?? {};
  return [
    ...(images ?? []).map(({ repoURL, references }) => `${repoURL}:${references?.[0]?.tag ?? "(none)"}`),
    ...(charts ?? []).map(({ repoURL, name, versions }) => {
      return `${[repoURL, name].filter(Boolean).join("/")}:${versions?.[0] ?? "(none)"}`;
    }),
    ...(git ?? []).map(({ repoURL, commits }) => `${repoURL}@${commits?.[0]?.tag || commits?.[0]?.id || "(none)"}`),
  ];
}

/** `True`, `False` or `Unknown`. */
export function readiness(warehouse: Warehouse): string {
  return conditionOf(warehouse, "Ready")?.status ?? "Unknown";
}

export function readinessTone(warehouse: Warehouse): Tone {
  const is = readiness(warehouse);
  if (is !== "True") return is === "False" ? "bad" : "waiting";
  return troubleOf(warehouse) ? "waiting" : "good";
}

/** What `PushesDiscovered` says to receivers alone. */
const READ_TOKENS = /^Read [^;]*; /;

/** Undefined when everything asked for was discovered. */
export function troubleOf(warehouse: Warehouse): Trouble | undefined {
  const ready = conditionOf(warehouse, "Ready");
  if (!ready) return { reason: "NotReconciled", message: "no controller has looked at it yet" };
  const pushes = conditionOf(warehouse, PUSHES_DISCOVERED);
  const wrong = [ready, pushes].find((condition) => condition?.status === "False");
  return wrong && { reason: wrong.reason, message: wrong.message.replace(READ_TOKENS, "") };
}

export function isRefreshPending({ metadata, status }: Warehouse): boolean {
  const token = metadata.annotations?.[REFRESH_ANNOTATION];
  return token !== undefined && token !== status?.lastHandledRefresh;
}

/** Empty where none was asked for, or nobody ever looked. */
function refreshText(warehouse: Warehouse): string {
  if (isRefreshPending(warehouse)) return "pending";
  return warehouse.status?.lastHandledRefresh === undefined ? "" : "handled";
}

export function discoveredText({ status }: Warehouse, nowMs: number): string {
  const at = status?.discoveredArtifacts?.discoveredAt;
  return at ? `${ageText(nowMs - Date.parse(at))} ago` : "never";
}

function conditionOf({ status }: Warehouse, wanted: string) {
  return status?.conditions?.find(({ type }) => type === wanted);
}
