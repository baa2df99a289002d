// From a request's path to the receiver it belongs to, as the ProjectConfigs, the ClusterConfig and their Secrets say:
// docs/compatibility.md, section 3.3. Paths are credentials: this table holds and compares them only as hashes, so that
// neither a dump of it nor the time of a lookup tells one.
import { repeatUntilDone } from "../backoff.ts";
import type { Clock, Random } from "../clock.ts";
import type { Informer } from "../kube/informer.ts";
import type { ReferredSecrets } from "../kube/referred-secrets.ts";
import { CLUSTER_CONFIG_NAME, type ClusterConfig } from "../resources/cluster-config.ts";
import type { Config } from "../resources/config.ts";
import type { ProjectConfig } from "../resources/project-config.ts";
import { pathHashOf, routesOf, secretKeysOf } from "./config-routes.ts";
import type { Sender } from "./push.ts";
import type { RememberedRoute, RouteMemory } from "./route-memory.ts";
import { SENDERS } from "./senders.ts";

export interface Route {
  /** The namespace of the ProjectConfig; empty for the ClusterConfig's, whose pushes concern every namespace. */
  readonly project: string;
  readonly receiver: string;
  readonly sender: Sender;
}

/**
 * `unready`: the receivers were not all listed since start, or a Secret of theirs was not read yet, so that nothing can
 * be said of a path nobody remembers.
 */
export type RouteLookup =
  | { readonly kind: "found"; readonly route: Route }
  | { readonly kind: "unknown" }
  | { readonly kind: "unready" };

export interface Routes {
  find(path: string): RouteLookup;
  /** Whether webhooks can be received: some path is known, were it from before the start, or that there is none. */
  isUsable(): boolean;
}

interface RouteOptions {
  readonly projectConfigs: Informer<ProjectConfig>;
  readonly clusterConfigs: Informer<ClusterConfig>;
  readonly secrets: ReferredSecrets;
  /** Where the Secrets are that the ClusterConfig names; empty when no namespace is designated. */
  readonly systemNamespace: string;
  readonly memory: RouteMemory;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Told once when receivers of several projects come to share paths: none of them is reached by those. */
  readonly onDuplicate: (receivers: readonly Route[]) => void;
  /** Told when the routes of a config could not be kept for the next start; that is tried again. */
  readonly onError: (error: unknown) => void;
}

const REMEMBER_BACKOFF = { baseMs: 1_000, capMs: 60_000 };

/** Starts from what is remembered and follows the informers and the Secrets from now on. */
export function createRoutes(options: RouteOptions): Routes {
  const table = new RouteTable(options);
  return { find: (path) => table.find(path), isUsable: () => table.isUsable() };
}

class RouteTable {
  readonly #options: RouteOptions;
  /** By the key of the config they come from. */
  readonly #byConfig: Map<string, readonly RememberedRoute[]>;
  /** By path hash, then by config. */
  readonly #byHash = new Map<string, Map<string, Route>>();
  /** The configs of which a Secret was not read yet. */
  readonly #unread = new Set<string>();
  /** The receivers that were told of as sharing a path, by its hash. */
  readonly #told = new Map<string, ReadonlySet<string>>();

  constructor(options: RouteOptions) {
    const { projectConfigs, clusterConfigs, secrets, memory } = options;
    this.#options = options;
    this.#byConfig = new Map(memory.recall());
    for (const [key, routes] of this.#byConfig) this.#link(key, routes);
    this.#reportDuplicates(this.#byHash.keys());
    projectConfigs.subscribe(({ key, current }) => this.#update(key, current));
    clusterConfigs.subscribe(({ key, current }) => {
      if (key === CLUSTER_CONFIG_NAME) this.#update(key, current);
    });
    secrets.subscribe((key) => this.#updateReferrers(key));
    void projectConfigs.synced.then(() => this.#forgetDeleted());
    void clusterConfigs.synced.then(() => this.#forgetDeleted());
  }

  /** The only ProjectConfig with this path, else the ClusterConfig. */
  find(path: string): RouteLookup {
    const routes = this.#byHash.get(pathHashOf(path));
    const cluster = routes?.get(CLUSTER_CONFIG_NAME);
    const projects = routes ? [...routes.values()].filter((route) => route !== cluster) : [];
    const route = projects.length === 1 ? projects[0] : cluster;
    if (route) return { kind: "found", route };
    return { kind: this.#isComplete() ? "unknown" : "unready" };
  }

  isUsable(): boolean {
    return this.#byHash.size > 0 || this.#isComplete();
  }

  #isComplete(): boolean {
    const { projectConfigs, clusterConfigs } = this.#options;
    return projectConfigs.isSynced() && clusterConfigs.isSynced() && this.#unread.size === 0;
  }

  #updateReferrers(secretKey: string): void {
    const { projectConfigs, clusterConfigs, systemNamespace } = this.#options;
    const [namespace = ""] = secretKey.split("/");
    const config = projectConfigs.get(`${namespace}/${namespace}`);
    if (config) this.#update(`${namespace}/${namespace}`, config);
    const cluster = namespace === systemNamespace ? clusterConfigs.get(CLUSTER_CONFIG_NAME) : undefined;
    if (cluster) this.#update(CLUSTER_CONFIG_NAME, cluster);
  }

  #update(key: string, config: Config | undefined): void {
    const before = this.#byConfig.get(key) ?? [];
    const routes = this.#routesOf(key, config, before);
    if (areSame(routes, before)) return;
    this.#unlink(key, before);
    this.#link(key, routes);
    this.#reportDuplicates([...before, ...routes].map(({ pathHash }) => pathHash));
    if (routes.length > 0) this.#byConfig.set(key, routes);
    else this.#byConfig.delete(key);
    void this.#remember(key);
  }

  /** Each try writes what is known by then: two that overlap come to the same. */
  async #remember(key: string): Promise<void> {
    const { memory } = this.#options;
    const write = () => memory.remember(key, this.#byConfig.get(key) ?? []);
    await repeatUntilDone(write, { ...this.#options, backoff: REMEMBER_BACKOFF });
  }

  #routesOf(key: string, config: Config | undefined, former: readonly RememberedRoute[]): readonly RememberedRoute[] {
    const { secrets, systemNamespace } = this.#options;
    const secretNamespace = config?.metadata.namespace ?? systemNamespace;
    secrets.refer(key, config ? secretKeysOf(config, secretNamespace) : []);
    const of = { secretNamespace, readSecret: (secret: string) => secrets.read(secret), former };
    const { routes, isUnread } = config ? routesOf(config, of) : { routes: [], isUnread: false };
    if (isUnread) this.#unread.add(key);
    else this.#unread.delete(key);
    return routes;
  }

  /** What was remembered of configs that were deleted while the process was down. */
  #forgetDeleted(): void {
    const { projectConfigs, clusterConfigs } = this.#options;
    for (const key of [...this.#byConfig.keys()]) {
      const informer = key === CLUSTER_CONFIG_NAME ? clusterConfigs : projectConfigs;
      if (informer.isSynced() && !informer.get(key)) this.#update(key, undefined);
    }
  }

  #link(key: string, routes: readonly RememberedRoute[]): void {
    for (const { pathHash, project, receiver, sender: name } of routes) {
      const sender = SENDERS.find((one) => one.name === name);
      if (!sender) continue;
      const linked = this.#byHash.get(pathHash) ?? new Map<string, Route>();
      this.#byHash.set(pathHash, linked.set(key, { project, receiver, sender }));
    }
  }

  #unlink(key: string, routes: readonly RememberedRoute[]): void {
    for (const { pathHash } of routes) {
      const linked = this.#byHash.get(pathHash);
      linked?.delete(key);
      if (linked?.size === 0) this.#byHash.delete(pathHash);
    }
  }

  /** Receivers may share several paths, published and derived: they are told of once, until they share none. */
  #reportDuplicates(pathHashes: Iterable<string>): void {
    for (const pathHash of pathHashes) {
      const linked = [...(this.#byHash.get(pathHash)?.values() ?? [])];
      const sharing = linked.filter(({ project }) => project !== "");
      const names = new Set(sharing.map(({ project, receiver }) => `${project}/${receiver}`));
      const isNew = ![...this.#told.values()].some((told) => names.isSubsetOf(told));
      if (sharing.length < 2) this.#told.delete(pathHash);
      else this.#told.set(pathHash, names);
      if (sharing.length > 1 && isNew) this.#options.onDuplicate(sharing);
    }
  }
}

/** In whatever order: of several receivers with one path, the first was chosen before. */
function areSame(routes: readonly RememberedRoute[], others: readonly RememberedRoute[]): boolean {
  const byHash = new Map(others.map((route) => [route.pathHash, route]));
  return routes.length === others.length && routes.every((route) => isSame(route, byHash.get(route.pathHash)));
}

function isSame(route: RememberedRoute, other: RememberedRoute | undefined): boolean {
  return route.project === other?.project && route.receiver === other.receiver && route.sender === other.sender;
}
