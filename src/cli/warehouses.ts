// `dockbell warehouses` and `dockbell wait`: what each Warehouse discovered, a refresh by hand, and waiting for a tag.
import type { Clock, Random } from "../clock.ts";
import { InputError } from "../errors.ts";
import type { KubeClient } from "../kube/client.ts";
import type { ObjectKey } from "../kube/paths.ts";
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import { WAREHOUSES, type Warehouse } from "../resources/warehouse.ts";
import { parseDuration } from "../warehouses/duration.ts";
import { createTokenSource } from "../warehouses/token.ts";
import { type Column, listingText, type Output } from "./output.ts";
import { ageText } from "./table.ts";

const POLL_EVERY_MS = 200;

export async function listWarehouses(client: KubeClient): Promise<readonly Warehouse[]> {
  return (await client.list<Warehouse>(WAREHOUSES, {})).items;
}

export function warehousesText(warehouses: readonly Warehouse[], nowMs: number, output: Output): string {
  const columns: readonly Column<Warehouse>[] = [
    { head: "NAMESPACE", cell: ({ metadata }) => metadata.namespace ?? "" },
    { head: "NAME", cell: ({ metadata }) => metadata.name },
    { head: "READY", cell: (warehouse) => condition(warehouse, "Ready")?.status ?? "Unknown" },
    { head: "NEWEST", cell: (warehouse) => newest(warehouse).join(", ") },
    { head: "DISCOVERED", cell: (warehouse) => discoveredText(warehouse, nowMs) },
    { head: "REFRESH", cell: (warehouse) => (isRefreshPending(warehouse) ? "pending" : "handled") },
    { head: "MESSAGE", isWide: true, cell: (warehouse) => condition(warehouse, "Ready")?.message ?? "" },
  ];
  return listingText({ rows: warehouses, columns, empty: "No Warehouses: apply one." }, output);
}

/** The newest artifact of each subscription, like `example/app:1.2.0`. */
function newest({ status }: Warehouse): readonly string[] {
  const { images, charts } = status?.discoveredArtifacts ?? {};
  return [
    ...(images ?? []).map(({ repoURL, references }) => `${repoURL}:${references?.[0]?.tag ?? "(none)"}`),
    ...(charts ?? []).map(({ repoURL, name, versions }) => {
      return `${[repoURL, name].filter(Boolean).join("/")}:${versions?.[0] ?? "(none)"}`;
    }),
  ];
}

function discoveredText({ status }: Warehouse, nowMs: number): string {
  const at = status?.discoveredArtifacts?.discoveredAt;
  return at === undefined ? "never" : `${ageText(nowMs - Date.parse(at))} ago`;
}

function isRefreshPending({ metadata, status }: Warehouse): boolean {
  const token = metadata.annotations?.[REFRESH_ANNOTATION];
  return token !== undefined && token !== status?.lastHandledRefresh;
}

function condition({ status }: Warehouse, wanted: string) {
  return status?.conditions?.find(({ type }) => type === wanted);
}

interface WarehouseCommand {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** `name` or `namespace/name`. */
  readonly name: string;
}

/** Refreshes; with a `timeout`, waits until the refresh was handled. Throws `InputError` or `TimeoutError`. */
export async function refreshCommand(
  options: WarehouseCommand & { readonly random: Random; readonly timeout: string | undefined },
): Promise<string> {
  const { client, name, timeout } = options;
  const key = await findWarehouse(client, name);
  const token = createTokenSource(options).next(new Set());
  await client.mergePatch(WAREHOUSES, key, { metadata: { annotations: { [REFRESH_ANNOTATION]: token } } });
  if (timeout === undefined) return `${idOf(key)} refresh requested\n`;
  const isHandled = (warehouse: Warehouse) =>
    warehouse.status?.lastHandledRefresh === token || !isRefreshPending(warehouse);
  await waitFor(isHandled, "the refresh was not handled", { ...options, key, timeout });
  return `${idOf(key)} refreshed\n`;
}

/** Waits until some subscription has discovered the tag, or the chart's version that it stands for. Throws `InputError` or `TimeoutError`. */
export async function waitCommand(
  options: WarehouseCommand & { readonly tag: string; readonly timeout: string },
): Promise<string> {
  const { client, name, tag } = options;
  const key = await findWarehouse(client, name);
  const hasTag = ({ status }: Warehouse) => {
    const { images, charts } = status?.discoveredArtifacts ?? {};
    return (
      (images ?? []).some(({ references }) => references?.some((one) => one.tag === tag)) ||
      // A tag cannot hold a "+": OCI charts are pushed with "_" in its place.
      (charts ?? []).some(({ versions }) => versions?.includes(tag.replaceAll("_", "+")))
    );
  };
  await waitFor(hasTag, `${tag} was not discovered`, { ...options, key });
  return `${idOf(key)} discovered ${tag}\n`;
}

async function findWarehouse(client: KubeClient, wanted: string): Promise<ObjectKey> {
  const keys = (await listWarehouses(client)).map(({ metadata: { namespace = "", name } }) => ({ namespace, name }));
  const found = keys.filter((key) => wanted === key.name || wanted === idOf(key));
  const [only] = found;
  if (only && found.length === 1) return only;
  const names = keys.map(idOf).join(", ") || "none";
  throw new InputError(`"${wanted}" names ${found.length} Warehouses; there are: ${names}`);
}

interface WaitOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly key: ObjectKey;
  readonly timeout: string;
}

/** Asks again and again until the claim holds. */
async function waitFor(
  claim: (warehouse: Warehouse) => boolean,
  otherwise: string,
  options: WaitOptions,
): Promise<void> {
  const { client, clock, key, timeout } = options;
  const deadline = clock.monotonicMs() + parseDuration(timeout);
  while (true) {
    const warehouse = await client.get<Warehouse>(WAREHOUSES, key);
    if (!warehouse) throw new InputError(`${idOf(key)} was deleted`);
    if (claim(warehouse)) return;
    const why = condition(warehouse, "Ready")?.message ?? "no pass has run yet";
    if (clock.monotonicMs() >= deadline) throw new TimeoutError(`${otherwise} within ${timeout}; ${idOf(key)}: ${why}`);
    await clock.sleep(POLL_EVERY_MS);
  }
}

/** What was waited for did not come in time. */
class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}

function idOf({ namespace, name }: ObjectKey): string {
  return `${namespace}/${name}`;
}
