// The role `projectconfig`: publishes receiver URLs for ProjectConfigs and the ClusterConfig, and keeps Projects together
// with their namespaces.
import type { Clock, Random } from "../clock.ts";
import { feedQueue } from "../controllers/feed-queue.ts";
import { asksForNamespacePass, asksForProjectPass, createProjectReconciler } from "../controllers/project.ts";
import type { ProjectDeletions } from "../controllers/project-deletions.ts";
import {
  asksForConfigPass,
  createClusterConfigReconciler,
  createProjectConfigReconciler,
  refersToSecret,
} from "../controllers/receiver-config.ts";
import { followReceiverPaths, ReceiverPaths } from "../controllers/receiver-paths.ts";
import type { Informer } from "../kube/informer.ts";
import type { KeyedQueue } from "../queue.ts";
import { CLUSTER_CONFIG_NAME, type ClusterConfig } from "../resources/cluster-config.ts";
import type { Namespace, Secret } from "../resources/core.ts";
import type { Project } from "../resources/project.ts";
import type { ProjectConfig } from "../resources/project-config.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import type { Log } from "../telemetry/log.ts";
import type { Troubles } from "../telemetry/troubles.ts";
import type { ComponentSettings } from "./component-settings.ts";
import type { Instruments } from "./instruments.ts";
import type { RoleTerm } from "./leadership.ts";
import { startQueue } from "./start-queue.ts";

interface ProjectRoleOptions extends Pick<ComponentSettings, "baseURL" | "systemResourcesNamespace"> {
  /** Its client alone is written with. */
  readonly term: RoleTerm;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly troubles: Troubles;
  readonly instruments: Instruments;
  /** Followed since before the term. */
  readonly deletions: ProjectDeletions;
  readonly projectConfigs: Informer<ProjectConfig>;
  readonly clusterConfigs: Informer<ClusterConfig>;
  readonly projects: Informer<Project>;
  readonly namespaces: Informer<Namespace>;
  readonly warehouses: Informer<Warehouse>;
  readonly secrets: Informer<Secret>;
}

/** As many as Kargo runs. */
const PASSES = 4;

/** Runs until the work ends. */
export function startProjectRole(options: ProjectRoleOptions): void {
  const paths = new ReceiverPaths();
  const projectConfigQueue = startProjectConfigs(options, paths);
  const clusterConfigQueue = startClusterConfig(options, paths);
  const onShared = (key: string) => (key === CLUSTER_CONFIG_NAME ? clusterConfigQueue : projectConfigQueue).add(key);
  followReceiverPaths(paths, { ...options, onShared, signal: options.term.running.signal });
  startProjects(options);
}

function startProjectConfigs(options: ProjectRoleOptions, paths: ReceiverPaths): KeyedQueue {
  const { term, clock, baseURL, projectConfigs, secrets } = options;
  const { client, running } = term;
  const { signal } = running;
  const { get } = projectConfigs;
  const reconcile = createProjectConfigReconciler({ client, clock, baseURL, get, getSecret: secrets.get, paths });
  const queue = startQueue(
    { ...options, running },
    {
      name: "projectconfig",
      kinds: "ProjectConfigs",
      concurrency: PASSES,
      needs: [secrets],
      work: reconcile,
    },
  );
  feedQueue({ informer: projectConfigs, queue, shouldReconcile: asksForConfigPass, signal });
  secrets.subscribe(({ key }) => {
    const [namespace = "", name = ""] = key.split("/");
    const configKey = `${namespace}/${namespace}`;
    if (refersToSecret(get(configKey), name)) queue.add(configKey);
  }, signal);
  return queue;
}

function startClusterConfig(options: ProjectRoleOptions, paths: ReceiverPaths): KeyedQueue {
  const { term, clock, baseURL, clusterConfigs, secrets, systemResourcesNamespace: systemNamespace } = options;
  const { client, running } = term;
  const { signal } = running;
  const { get } = clusterConfigs;
  const getSecret = secrets.get;
  const reconcile = createClusterConfigReconciler({ client, clock, baseURL, get, getSecret, systemNamespace, paths });
  const queue = startQueue(
    { ...options, running },
    { name: "clusterconfig", kinds: "the ClusterConfig", concurrency: 1, needs: [secrets], work: reconcile },
  );
  feedQueue({ informer: clusterConfigs, queue, shouldReconcile: asksForConfigPass, signal });
  secrets.subscribe(({ key }) => {
    const [namespace = "", name = ""] = key.split("/");
    const isOurs = namespace === systemNamespace && refersToSecret(get(CLUSTER_CONFIG_NAME), name);
    if (isOurs) queue.add(CLUSTER_CONFIG_NAME);
  }, signal);
  return queue;
}

function startProjects(options: ProjectRoleOptions): void {
  const { term, clock, deletions, projects, namespaces, warehouses } = options;
  const { client, running } = term;
  const { signal } = running;
  const known = { getProject: projects.get, getNamespace: namespaces.get, deletions, warehouses: warehouses.values };
  const work = createProjectReconciler({ client, clock, ...known });
  const needs = [projects, namespaces, warehouses];
  // A Project is not in a namespace: one that is slow would hold up none but itself.
  const queue = startQueue(
    { ...options, running },
    { name: "project", kinds: "Projects", concurrency: PASSES, concurrencyPerNamespace: PASSES, needs, work },
  );
  feedQueue({ informer: projects, queue, shouldReconcile: asksForProjectPass, signal });
  feedQueue({ informer: namespaces, queue, shouldReconcile: asksForNamespacePass, signal });
}
