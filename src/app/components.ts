// Wires the product on top of a Kubernetes API, whichever it is: nothing below this file knows the mode.
import type { Clock, Random } from "../clock.ts";
import { runController } from "../controllers/controller.ts";
import type { DeliveryRecord } from "../deliveries/log.ts";
import type { Handler } from "../http/message.ts";
import type { KubeClient } from "../kube/client.ts";
import { type Change, createInformer, type Informer } from "../kube/informer.ts";
import { withoutManagedFields, withoutManifest } from "../kube/keep.ts";
import { watchedSecrets } from "../kube/referred-secrets.ts";
import { createCredentialLookup } from "../registries/credentials.ts";
import type { OciClient } from "../registries/oci-client.ts";
import { CLUSTER_CONFIGS, type ClusterConfig } from "../resources/cluster-config.ts";

import { NAMESPACES, type Namespace, SECRETS, type Secret } from "../resources/core.ts";
import { CREDENTIAL_TYPE_LABEL, REFRESH_ANNOTATION } from "../resources/kargo.ts";
import type { KubeObject } from "../resources/kube-object.ts";
import { PROJECTS, type Project } from "../resources/project.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../resources/project-config.ts";
import { keyOf, type Resource } from "../resources/resource.ts";
import { WAREHOUSES, type Warehouse } from "../resources/warehouse.ts";
import type { Database } from "../sqlite.ts";
import type { Log } from "../telemetry/log.ts";
import { createWarehouseDiscovery } from "../warehouses/discover.ts";
import { createWarehouseReconciler } from "../warehouses/reconcile.ts";
import { startProjectRole } from "./project-role.ts";
import { createReceiverRole } from "./receiver-role.ts";
import { startQueue } from "./start-queue.ts";
import type { Work } from "./work.ts";

export interface ComponentOptions {
  readonly client: KubeClient;
  readonly deliveries: Database;
  readonly registries: OciClient;
  readonly sharedResourcesNamespace: string;
  /** Where the Secrets are that a ClusterConfig names. */
  readonly systemResourcesNamespace: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly baseURL: string;
  readonly answerWithinMs: number;
  /** No Warehouse is discovered more often unless it is asked for. */
  readonly minIntervalMs: number;
  /** `alias=registry`. */
  readonly registryAliases: readonly string[];
  readonly replica: string;
  readonly running: Work;
}

export interface Components {
  /** The webhook listener's handler. */
  readonly receiver: Handler;
  /** Resolves when every kind was listed once and former work was taken up. */
  readonly ready: Promise<void>;
  isReady(): boolean;
  /** The newest deliveries, newest first. */
  recentDeliveries(limit: number): readonly DeliveryRecord[];
}

/** They wait for registries nearly all of the time, and one that is slow must not hold up the others. */
const WAREHOUSE_PASSES = 512;

export function startComponents(options: ComponentOptions): Components {
  const { client, clock, random, log, running } = options;
  const inform = <T extends KubeObject>(resource: Resource, keep: (object: T) => T = withoutManagedFields) =>
    createInformer<T>({ client, resource, clock, random, log, keep });
  const warehouses = inform<Warehouse>(WAREHOUSES);
  const configs = inform<ProjectConfig>(PROJECT_CONFIGS);
  const clusterConfigs = inform<ClusterConfig>(CLUSTER_CONFIGS);
  const secrets = inform<Secret>(SECRETS, withoutManifest);
  const projects = inform<Project>(PROJECTS);
  const namespaces = inform<Namespace>(NAMESPACES);

  startProjectRole({ ...options, projectConfigs: configs, clusterConfigs, projects, namespaces, warehouses, secrets });
  startWarehouseController(options, warehouses, secrets);
  const { receiver, resume, ended, recentDeliveries } = createReceiverRole({
    ...options,
    signal: running.signal,
    warehouses,
    projectConfigs: configs,
    clusterConfigs,
    secrets: watchedSecrets(secrets),
  });

  running.follow(ended);
  const informers = [warehouses, configs, clusterConfigs, projects, namespaces, secrets];
  for (const informer of informers) running.follow(informer.run(running.signal));
  const resumed = warehouses.synced.then(resume);
  const ready = Promise.all([resumed, ...informers.map((informer) => informer.synced)]).then(() => undefined);
  const isReady = () => informers.every((informer) => informer.isSynced());
  return { receiver, ready, isReady, recentDeliveries };
}

function startWarehouseController(
  options: ComponentOptions,
  informer: Informer<Warehouse>,
  secrets: Informer<Secret>,
): void {
  const { client, clock, registries, sharedResourcesNamespace, log } = options;
  const credentialFor = createCredentialLookup({ secrets: secrets.values, sharedResourcesNamespace, onUnusable: log });
  const discover = createWarehouseDiscovery({ client: registries, credentialFor });
  const schedule = { clock, minIntervalMs: options.minIntervalMs };
  const { observe, reconcile } = createWarehouseReconciler({ client, discover, schedule, get: informer.get, log });
  informer.subscribe(({ key, current, isRelisted = false }) => observe(key, current, isRelisted));
  // Before the Secrets are listed, a private repository would be asked for anonymously.
  const work = (key: string, stop: AbortSignal) => secrets.synced.then(() => reconcile(key, stop));
  const queue = startQueue(options, { name: "warehouse", concurrency: WAREHOUSE_PASSES, work });
  const shouldReconcile = ({ current, previous }: Change<Warehouse>) => asks(current) !== asks(previous);
  runController({ informer, queue, shouldReconcile });
  // Whoever mends a credential waits for no backoff.
  secrets.subscribe(({ current }) => {
    if (!current?.metadata.labels?.[CREDENTIAL_TYPE_LABEL]) return;
    const isShared = current.metadata.namespace === sharedResourcesNamespace;
    for (const { metadata } of informer.values()) {
      if (isShared || metadata.namespace === current.metadata.namespace) queue.add(keyOf(metadata));
    }
  });
}

/** What makes a pass due: another object, another spec, another refresh. */
function asks(warehouse: Warehouse | undefined): string {
  const { uid, generation, annotations } = warehouse?.metadata ?? {};
  return [uid, generation, annotations?.[REFRESH_ANNOTATION]].join(" ");
}
