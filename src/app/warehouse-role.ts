// The role `warehouse`: stage C, which discovers what each Warehouse subscribes to.
import type { Clock, Random } from "../clock.ts";
import { feedQueue } from "../controllers/feed-queue.ts";
import type { Change, Informer } from "../kube/informer.ts";
import { createCredentialLookup } from "../registries/credentials.ts";
import type { OciClient } from "../registries/oci-client.ts";
import type { Secret } from "../resources/core.ts";
import { CREDENTIAL_TYPE_LABEL, REFRESH_ANNOTATION } from "../resources/kargo.ts";
import { keyOf } from "../resources/resource.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import type { Log } from "../telemetry/log.ts";
import type { Troubles } from "../telemetry/troubles.ts";
import { createWarehouseDiscovery } from "../warehouses/discover.ts";
import { createEventRecorder } from "../warehouses/freight-event.ts";
import { createWarehouseReconciler } from "../warehouses/reconcile.ts";
import type { ComponentSettings } from "./component-settings.ts";
import type { Instruments } from "./instruments.ts";
import type { RoleTerm } from "./leadership.ts";
import { startQueue } from "./start-queue.ts";

interface WarehouseRoleOptions extends Pick<ComponentSettings, "sharedResourcesNamespace" | "minIntervalMs"> {
  /** Its client alone is written with. */
  readonly term: RoleTerm;
  readonly registries: OciClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly troubles: Troubles;
  readonly instruments: Instruments;
  readonly warehouses: Informer<Warehouse>;
  readonly secrets: Informer<Secret>;
}

/** They wait for registries nearly all of the time, and one that is slow must not hold up the others. */
const WAREHOUSE_PASSES = 512;

/** Runs until the work ends. */
export function startWarehouseRole(options: WarehouseRoleOptions): void {
  const { term, clock, registries, sharedResourcesNamespace, log, troubles, secrets } = options;
  const { warehouses: informer } = options;
  const { client, running } = term;
  const { signal } = running;
  const credentialFor = createCredentialLookup({ secrets: secrets.values, sharedResourcesNamespace, onUnusable: log });
  const discover = createWarehouseDiscovery({ client: registries, credentialFor });
  const schedule = { clock, minIntervalMs: options.minIntervalMs };
  const recordEvent = createEventRecorder({ client, clock, log, troubles, signal });
  const { get } = informer;
  const { observe, reconcile } = createWarehouseReconciler({ client, discover, schedule, get, log, recordEvent });
  informer.subscribe(({ key, current, isRelisted = false }) => observe(key, current, isRelisted), signal);
  const queue = startQueue(
    { ...options, running },
    {
      name: "warehouse",
      kinds: "Warehouses",
      concurrency: WAREHOUSE_PASSES,
      // Without them a private repository would be asked for anonymously.
      needs: [secrets],
      work: reconcile,
    },
  );
  const shouldReconcile = ({ current, previous }: Change<Warehouse>) => asks(current) !== asks(previous);
  feedQueue({ informer, queue, shouldReconcile, signal });
  // Whoever mends a credential waits for no backoff.
  const retry = ({ current }: Change<Secret>) => {
    if (!current?.metadata.labels?.[CREDENTIAL_TYPE_LABEL]) return;
    const isShared = current.metadata.namespace === sharedResourcesNamespace;
    for (const { metadata } of informer.values()) {
      if (isShared || metadata.namespace === current.metadata.namespace) queue.add(keyOf(metadata));
    }
  };
  secrets.subscribe(retry, signal);
}

/** What makes a pass due: another object, another spec, another refresh. */
function asks(warehouse: Warehouse | undefined): string {
  const { uid, generation, annotations } = warehouse?.metadata ?? {};
  return [uid, generation, annotations?.[REFRESH_ANNOTATION]].join(" ");
}
