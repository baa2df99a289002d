// `dockbell warehouses refresh` and `dockbell wait`: a refresh by hand, and waiting for what it or a push brings.
import type { Clock, Random } from "../clock.ts";
import { InputError } from "../errors.ts";
import type { KubeClient } from "../kube/client.ts";
import type { ObjectKey } from "../kube/paths.ts";
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import { WAREHOUSES, type Warehouse } from "../resources/warehouse.ts";
import { createTokenSource } from "../warehouses/token.ts";
import { WaitTimeoutError } from "./exit-codes.ts";
import { namespaceState } from "./namespace-state.ts";
import type { Progress } from "./progress.ts";
import type { Timeout } from "./timeout-option.ts";
import { isRefreshPending, listWarehouses, newest, troubleOf, warehouseId } from "./warehouses.ts";

interface WaitSurroundings {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly progress: Progress;
}

interface NamedWarehouse extends WaitSurroundings {
  /** `name` or `namespace/name`. */
  readonly name: string;
  /** Where to look; everywhere when undefined. */
  readonly namespace: string | undefined;
}

const MAX_IDS = 20;

/** Slower after a while, so that whoever waits long costs the API little. */
const POLL_MS = { first: 200, later: 1_000, laterAfter: 5_000 };

/** Refreshes; with a `timeout`, waits until the refresh was handled. Throws `InputError` or `WaitTimeoutError`. */
export async function refreshCommand(
  options: NamedWarehouse & { readonly random: Random; readonly timeout: Timeout | undefined },
): Promise<string> {
  const { client, timeout } = options;
  const key = await findWarehouse(options);
  const token = createTokenSource(options).next(new Set());
  await client.mergePatch(WAREHOUSES, key, { metadata: { annotations: { [REFRESH_ANNOTATION]: token } } });
  if (timeout === undefined) return `${idOf(key)} refresh requested\n`;
  const isHandled = (warehouse: Warehouse) =>
    warehouse.status?.lastHandledRefresh === token || !isRefreshPending(warehouse);
  await waitFor(options, { claim: isHandled, missing: "the refresh was not handled", key, timeout });
  return `${idOf(key)} refreshed\n`;
}

/** Waits until some subscription has discovered the tag, or the chart's version that it stands for. Throws `InputError` or `WaitTimeoutError`. */
export async function waitCommand(
  options: NamedWarehouse & { readonly tag: string; readonly timeout: Timeout },
): Promise<string> {
  const { tag, timeout } = options;
  const key = await findWarehouse(options);
  const hasTag = (warehouse: Warehouse) => discovered(warehouse, tag);
  await waitFor(options, { claim: hasTag, missing: `${tag} was not discovered`, key, timeout });
  return `${idOf(key)} discovered ${tag}\n`;
}

/** A tag cannot hold a "+": OCI charts are pushed with "_" in its place. */
function discovered({ status }: Warehouse, tag: string): boolean {
  const { images, charts } = status?.discoveredArtifacts ?? {};
  return (
    (images ?? []).some(({ references }) => references?.some((one) => one.tag === tag)) ||
    (charts ?? []).some(({ versions }) => versions?.includes(tag.replaceAll("_", "+")))
  );
}

/** One that is named in full is asked for by itself: whoever may read no other still finds it. */
async function findWarehouse(options: NamedWarehouse): Promise<ObjectKey> {
  const { client, name: wanted, namespace } = options;
  const slash = wanted.indexOf("/");
  const within = slash < 0 ? namespace : wanted.slice(0, slash);
  if (within === undefined) return findByName(client, wanted);
  const key = { namespace: within, name: wanted.slice(slash + 1) };
  if (await client.get(WAREHOUSES, key)) return key;
  throw await missingIn(options, key);
}

async function findByName(client: KubeClient, wanted: string): Promise<ObjectKey> {
  const all = await listWarehouses(client, undefined);
  const [only, ...others] = all.filter(({ metadata }) => metadata.name === wanted);
  if (!only) throw new InputError(`there is no Warehouse ${wanted}; there are: ${idsText(all)}`);
  if (others.length === 0) return { namespace: only.metadata.namespace ?? "", name: wanted };
  const named = [only, ...others];
  throw new InputError(`${named.length} Warehouses are named ${wanted}: choose one of ${idsText(named)}`);
}

/** What to say where it is not there. */
async function missingIn({ client, clock }: WaitSurroundings, key: ObjectKey): Promise<InputError> {
  const { namespace } = key;
  const there = await listWarehouses(client, namespace);
  const state = there.length === 0 ? await namespaceState({ client, namespace }, clock) : undefined;
  if (state?.is === "missing") return new InputError(`there is no namespace ${namespace}`);
  return new InputError(`there is no Warehouse ${idOf(key)}; in that namespace there are: ${idsText(there)}`);
}

function idsText(warehouses: readonly Warehouse[]): string {
  const shown = warehouses.slice(0, MAX_IDS).map(warehouseId);
  const rest = warehouses.length - shown.length;
  return rest > 0 ? `${shown.join(", ")} and ${rest} more` : shown.join(", ") || "none";
}

interface Awaited {
  readonly claim: (warehouse: Warehouse) => boolean;
  /** What is said when it did not come. */
  readonly missing: string;
  readonly key: ObjectKey;
  readonly timeout: Timeout;
}

/** Asks again and again until the claim holds. */
async function waitFor({ client, clock, progress }: WaitSurroundings, awaited: Awaited): Promise<void> {
  const { claim, missing, key, timeout } = awaited;
  const startedAt = clock.monotonicMs();
  try {
    while (true) {
      const warehouse = await client.get<Warehouse>(WAREHOUSES, key);
      if (!warehouse) throw new InputError(`${idOf(key)} was deleted`);
      if (claim(warehouse)) return;
      const waitedMs = clock.monotonicMs() - startedAt;
      const why = `${idOf(key)}: ${standOf(warehouse)}`;
      if (waitedMs >= timeout.ms) throw new WaitTimeoutError(`${missing} within ${timeout.text}; ${why}`);
      progress.tell(`${missing} yet; ${why}`);
      const pollMs = waitedMs < POLL_MS.laterAfter ? POLL_MS.first : POLL_MS.later;
      await clock.sleep(Math.min(pollMs, timeout.ms - waitedMs));
    }
  } finally {
    progress.end();
  }
}

/** What keeps it, or what is newest. */
function standOf(warehouse: Warehouse): string {
  const trouble = troubleOf(warehouse);
  return trouble ? `${trouble.reason}: ${trouble.message}` : `the newest is ${newest(warehouse).join(", ")}`;
}

function idOf({ namespace, name }: ObjectKey): string {
  return `${namespace}/${name}`;
}
