// Stage C: one Warehouse, from its key to discovered artifacts, Freight and an honest status.
// One status patch a pass; a refresh whose discovery failed is not handled. kargo-behaviour.md, section 7.
import { type Clock, toKubeTime } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { KubeClient } from "../kube/client.ts";
import type { DiscoveredArtifacts } from "../resources/discovered-artifacts.ts";
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import { WAREHOUSES, type Warehouse, type WarehouseStatus } from "../resources/warehouse.ts";
import type { DiscoverWarehouse, Discovery } from "./discover.ts";
import { parseDuration } from "./duration.ts";
import { ensureFreight, newestFreight } from "./freight.ts";
import { answerPushes, type Looks } from "./look.ts";
import { failedConditions, invalidReason, readyConditions } from "./status.ts";

export interface ReconcileOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly discover: DiscoverWarehouse;
  /** The present state of a Warehouse; undefined when it is gone. */
  readonly get: (key: string) => Warehouse | undefined;
  /** Told after each pass that discovered, for the log. */
  readonly onDiscovered?: (key: string, artifacts: DiscoveredArtifacts) => void;
}

/** What the queue does next: run the key again later, or wait for a change. */
export type ReconcileResult = "done" | { readonly afterMs: number };

/** One pass over the Warehouse with this key; throws, after it wrote the status, when discovery failed. */
export type ReconcileWarehouse = (key: string, signal: AbortSignal) => Promise<ReconcileResult>;

const DEFAULT_INTERVAL = "5m0s";
/** A Warehouse may ask for "0s"; no registry is asked more often than this. */
const MIN_INTERVAL_MS = 1_000;

export function createWarehouseReconciler(options: ReconcileOptions): ReconcileWarehouse {
  const written = new Map<string, Warehouse>();
  const looks: Looks = new Map();

  return async (key, signal) => {
    const warehouse = newer(options.get(key), written.get(key));
    if (!warehouse || !options.get(key)) {
      written.delete(key);
      looks.delete(key);
      return "done";
    }
    const dueInMs = untilDue(warehouse, looks.get(key)?.dueAt, options.clock);
    if (dueInMs > 0) return { afterMs: dueInMs };
    const after = await runPass(warehouse, key, looks, options, signal);
    written.set(key, after);
    return { afterMs: untilDue(after, looks.get(key)?.dueAt, options.clock) };
  };
}

/** Our own write may be newer than what the watch has told. Resource versions compare as integers (Kubernetes 1.35). */
function newer(seen: Warehouse | undefined, written: Warehouse | undefined): Warehouse | undefined {
  if (!seen || !written || seen.metadata.uid !== written.metadata.uid) return seen;
  return BigInt(written.metadata.resourceVersion ?? "0") > BigInt(seen.metadata.resourceVersion ?? "0")
    ? written
    : seen;
}

/** Milliseconds until discovery must run; 0 or less when it must run now. Section 7.2. */
function untilDue(warehouse: Warehouse, lookAt: number | undefined, clock: Clock): number {
  const { status = {}, metadata } = warehouse;
  const token = metadata.annotations?.[REFRESH_ANNOTATION];
  const discoveredAt = status.discoveredArtifacts?.discoveredAt;
  if (discoveredAt === undefined) return 0;
  if ((metadata.generation ?? 0) > (status.observedGeneration ?? 0)) return 0;
  if (token !== undefined && token !== "" && token !== status.lastHandledRefresh) return 0;
  const intervalMs = Math.max(MIN_INTERVAL_MS, parseDuration(warehouse.spec.interval ?? DEFAULT_INTERVAL));
  const untilInterval = Date.parse(discoveredAt) + intervalMs - clock.now();
  return lookAt === undefined ? untilInterval : Math.min(untilInterval, lookAt - clock.monotonicMs());
}

async function runPass(
  warehouse: Warehouse,
  key: string,
  looks: Looks,
  options: ReconcileOptions,
  signal: AbortSignal,
): Promise<Warehouse> {
  const { client, clock, discover, onDiscovered } = options;
  const now = () => toKubeTime(clock.now());
  let discovery: Discovery;
  try {
    discovery = await discover(warehouse, signal);
  } catch (error) {
    await writeStatus(client, warehouse, { conditions: failedConditions(warehouse, messageOf(error), now()) });
    throw error;
  }
  const artifacts = { ...discovery.artifacts, discoveredAt: now() };
  const pushes = answerPushes({ warehouse, discovery, looks, key, clock });
  const invalid = invalidReason(artifacts);
  const freight =
    invalid || warehouse.spec.freightCreationPolicy === "Manual"
      ? undefined
      : await ensureFreight(client, newestFreight(warehouse, artifacts));
  const status: WarehouseStatus = {
    conditions: readyConditions({ warehouse, invalid, freight, pushes, now: now() }),
    discoveredArtifacts: artifacts,
    observedGeneration: warehouse.metadata.generation ?? 0,
    ...(freight && { lastFreightID: freight.name }),
    ...handledRefresh(warehouse),
  };
  const after = await writeStatus(client, warehouse, status);
  onDiscovered?.(key, artifacts);
  return after;
}

function handledRefresh(warehouse: Warehouse): { lastHandledRefresh?: string } {
  const token = warehouse.metadata.annotations?.[REFRESH_ANNOTATION];
  return token === undefined ? {} : { lastHandledRefresh: token };
}

/** No patch when nothing changed, so that a failure that repeats itself does not fill the watch. */
async function writeStatus(client: KubeClient, warehouse: Warehouse, status: WarehouseStatus): Promise<Warehouse> {
  const { namespace = "", name } = warehouse.metadata;
  const before = JSON.stringify({ ...warehouse.status });
  if (JSON.stringify({ ...warehouse.status, ...status }) === before) return warehouse;
  return client.mergePatch<Warehouse>(WAREHOUSES, { namespace, name }, { status }, { subresource: "status" });
}
