// Wires the product on top of a Kubernetes API, whichever it is: nothing below this file knows the mode.
import type { Clock, Random } from "../clock.ts";
import { followProjectDeletions } from "../controllers/project-deletions.ts";
import type { DeliveryReader } from "../deliveries/delivery-reader.ts";
import type { Drain } from "../deliveries/drain.ts";
import type { Handler } from "../http/message.ts";
import type { KubeClient } from "../kube/client.ts";
import { createInformer, type Informer } from "../kube/informer.ts";
import { joinInformers } from "../kube/joined-informer.ts";
import { withoutManagedFields, withoutManifest } from "../kube/keep.ts";
import { watchedSecrets } from "../kube/referred-secrets.ts";
import type { OciClient } from "../registries/oci-client.ts";
import { CLUSTER_CONFIGS, type ClusterConfig } from "../resources/cluster-config.ts";
import { NAMESPACES, type Namespace, SECRETS, type Secret } from "../resources/core.ts";
import type { KubeObject } from "../resources/kube-object.ts";
import { PROJECTS, type Project } from "../resources/project.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../resources/project-config.ts";
import type { Resource } from "../resources/resource.ts";
import { WAREHOUSES, type Warehouse } from "../resources/warehouse.ts";
import type { Check } from "../server/readiness.ts";
import type { Database } from "../sqlite.ts";
import type { Log } from "../telemetry/log.ts";
import { createTroubles, type Troubles } from "../telemetry/troubles.ts";
import type { ComponentSettings } from "./component-settings.ts";
import type { Instruments } from "./instruments.ts";
import type { Leadership } from "./leadership.ts";
import { startProjectRole } from "./project-role.ts";
import { createReceiverRole, type ReceiverRole } from "./receiver-role.ts";
import { followReceiverSecrets } from "./receiver-secrets.ts";
import type { Role } from "./setting-values.ts";
import { startWarehouseRole } from "./warehouse-role.ts";
import type { Work } from "./work.ts";

export interface ComponentOptions extends ComponentSettings {
  readonly roles: ReadonlySet<Role>;
  /** Who runs the controllers. */
  readonly leadership: Leadership;
  readonly client: KubeClient;
  readonly deliveries: Database;
  readonly registries: OciClient;
  /** Whose Secrets the controllers may list; empty for every namespace. */
  readonly secretNamespaces: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Whether `deliveries` outlives the process. */
  readonly isDurable: boolean;
  readonly replica: string;
  readonly running: Work;
  readonly instruments: Instruments;
}

export interface Components {
  /** The webhook listener's handler; undefined without the role `receiver`. */
  readonly receiver: Handler | undefined;
  /**
   * Takes up former work once the Warehouses are listed; resolves when every kind was, rejects where that work cannot
   * be read. Call once.
   */
  resume(): Promise<void>;
  /** What it takes to be of use, and whether it is there. */
  checks(): readonly Check[];
  /** Undefined without the role `receiver`, as is `drain`. */
  readonly deliveries: DeliveryReader | undefined;
  readonly drain: Drain | undefined;
}

interface WithTroubles extends ComponentOptions {
  /** One for all who ask the API. */
  readonly troubles: Troubles;
}

/** Of every role; each runs once somebody needs it. */
interface Informers {
  readonly warehouses: Informer<Warehouse>;
  readonly projectConfigs: Informer<ProjectConfig>;
  readonly clusterConfigs: Informer<ClusterConfig>;
  readonly secrets: Informer<Secret>;
  readonly projects: Informer<Project>;
  readonly namespaces: Informer<Namespace>;
}

const NEEDS: Readonly<Record<Role, readonly (keyof Informers)[]>> = {
  receiver: ["warehouses", "projectConfigs", "clusterConfigs"],
  projectconfig: ["warehouses", "projectConfigs", "clusterConfigs", "secrets", "projects", "namespaces"],
  warehouse: ["warehouses", "secrets"],
};

export function startComponents(options: ComponentOptions): Components {
  const { roles, leadership, running } = options;
  const takesWebhooks = () => options.isDurable && (role?.isUsable() ?? false);
  const meanwhile = () => (takesWebhooks() ? "webhooks are still taken" : "asking again");
  const troubles = createTroubles({ ...options, signal: running.signal, meanwhile });
  const informers = createInformers({ ...options, troubles });
  const led = { ...options, ...informers, troubles };
  if (roles.has("projectconfig")) {
    const deletions = followProjectDeletions(informers, running.signal);
    leadership("projectconfig", (term) => startProjectRole({ ...led, deletions, term }));
  }
  if (roles.has("warehouse")) leadership("warehouse", (term) => startWarehouseRole({ ...led, term }));
  const needs = new Set([...roles].flatMap((one) => NEEDS[one]));
  const role = roles.has("receiver")
    ? startReceiverRole({ ...options, troubles }, informers, needs.has("secrets"))
    : undefined;
  const names = [...needs];
  const needed = names.map((name) => informers[name]);
  options.instruments.informers(Object.fromEntries(names.map((name) => [name.toLowerCase(), informers[name]])));
  for (const informer of needed) running.follow(informer.run(running.signal));
  return {
    receiver: role?.receiver,
    async resume() {
      const resumed = role && informers.warehouses.synced.then(role.resume);
      await Promise.all([resumed, ...needed.map((informer) => informer.synced)]);
    },
    checks: () => [
      ...(role ? checksOf(role) : []),
      // What is not listed yet is waited for behind the answers: whoever takes webhooks is of use without it.
      ...names.map((name) => ({ name: `${name} listed`, isOk: informers[name].isSynced(), isRequired: !role })),
    ],
    deliveries: role?.deliveries,
    drain: role?.drain,
  };
}

function checksOf({ isUsable, storageFault, drain }: ReceiverRole): readonly Check[] {
  const fault = storageFault();
  return [
    { name: "receivers known", isOk: isUsable(), isRequired: true },
    { name: "delivery log writable", isOk: fault === undefined, isRequired: true, reason: fault?.message },
    { name: "not draining", isOk: !drain.isDraining, isRequired: true },
  ];
}

/** Alone, it reads those Secrets only that its receivers name: beside Kargo it may see no others. */
function startReceiverRole(options: WithTroubles, informers: Informers, hasAllSecrets: boolean): ReceiverRole {
  const secrets = hasAllSecrets ? watchedSecrets(informers.secrets) : followReceiverSecrets(options);
  const role = createReceiverRole({ ...options, ...informers, secrets, signal: options.running.signal });
  options.running.follow(role.ended);
  return role;
}

function createInformers({ client, clock, random, log, secretNamespaces, troubles }: WithTroubles): Informers {
  const inform = <T extends KubeObject>(resource: Resource, keep: (object: T) => T = withoutManagedFields) =>
    createInformer<T>({ client, resource, clock, random, log, troubles, keep });
  const informSecrets = (namespace?: string) =>
    createInformer<Secret>({
      client,
      resource: SECRETS,
      namespace,
      clock,
      random,
      log,
      troubles,
      keep: withoutManifest,
    });
  return {
    warehouses: inform<Warehouse>(WAREHOUSES),
    projectConfigs: inform<ProjectConfig>(PROJECT_CONFIGS),
    clusterConfigs: inform<ClusterConfig>(CLUSTER_CONFIGS),
    secrets: secretNamespaces.length === 0 ? informSecrets() : joinInformers(secretNamespaces.map(informSecrets)),
    projects: inform<Project>(PROJECTS),
    namespaces: inform<Namespace>(NAMESPACES),
  };
}
