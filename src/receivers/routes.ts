// From a request's path to the receiver it belongs to, as the status of ProjectConfigs and of the ClusterConfig says:
// kargo-behaviour.md, section 3.3. Paths are credentials: they are held and compared only as hashes, so that neither
// a dump of the table nor the time of a lookup tells one.
import { createHash } from "node:crypto";
import type { Informer } from "../kube/informer.ts";
import { CLUSTER_CONFIG_NAME, type ClusterConfig } from "../resources/cluster-config.ts";
import type { ProjectConfig } from "../resources/project-config.ts";
import { receiverTypeOf } from "../resources/receiver-secret.ts";
import type { Sender } from "./push.ts";
import type { RememberedRoute, RouteMemory } from "./route-memory.ts";
import { SENDERS } from "./senders.ts";

export interface Route {
  /** The namespace of the ProjectConfig; empty for the ClusterConfig's, whose pushes concern every namespace. */
  readonly project: string;
  readonly receiver: string;
  readonly sender: Sender;
}

/** `unready`: the receivers were not all listed since start, so that nothing can be said of a path nobody remembers. */
export type RouteLookup =
  | { readonly kind: "found"; readonly route: Route }
  | { readonly kind: "unknown" }
  | { readonly kind: "unready" };

export interface Routes {
  find(path: string): RouteLookup;
}

interface RouteOptions {
  readonly projectConfigs: Informer<ProjectConfig>;
  readonly clusterConfigs: Informer<ClusterConfig>;
  readonly memory: RouteMemory;
  /** Told once when receivers of several projects come to share a path: none of them is reached by it. */
  readonly onDuplicate: (receivers: readonly Route[]) => void;
  /** Told when the routes could not be kept for the next start. */
  readonly onError: (error: unknown) => void;
}

/** Starts from what is remembered and follows both informers from now on. */
export function createRoutes(options: RouteOptions): Routes {
  const table = new RouteTable(options);
  return { find: (path) => table.find(path) };
}

class RouteTable {
  readonly #options: RouteOptions;
  /** By the key of the config they come from. */
  readonly #byConfig: Map<string, readonly RememberedRoute[]>;
  /** By path hash, then by config. */
  readonly #byHash = new Map<string, Map<string, Route>>();

  constructor(options: RouteOptions) {
    const { projectConfigs, clusterConfigs, memory } = options;
    this.#options = options;
    this.#byConfig = new Map(memory.recall());
    for (const [key, routes] of this.#byConfig) this.#link(key, routes);
    projectConfigs.subscribe(({ key, current }) => this.#update(key, current));
    clusterConfigs.subscribe(({ key, current }) => {
      if (key === CLUSTER_CONFIG_NAME) this.#update(key, current);
    });
    void projectConfigs.synced.then(() => this.#forgetDeleted());
    void clusterConfigs.synced.then(() => this.#forgetDeleted());
  }

  /** The only ProjectConfig with this path, else the ClusterConfig. */
  find(path: string): RouteLookup {
    const routes = this.#byHash.get(hashOf(path));
    const cluster = routes?.get(CLUSTER_CONFIG_NAME);
    const projects = routes ? [...routes.values()].filter((route) => route !== cluster) : [];
    const route = projects.length === 1 ? projects[0] : cluster;
    if (route) return { kind: "found", route };
    const { projectConfigs, clusterConfigs } = this.#options;
    return { kind: projectConfigs.isSynced() && clusterConfigs.isSynced() ? "unknown" : "unready" };
  }

  #update(key: string, config: ProjectConfig | ClusterConfig | undefined): void {
    const { memory, onError } = this.#options;
    const before = this.#byConfig.get(key) ?? [];
    const routes = config ? routesOf(config) : [];
    if (JSON.stringify(routes) === JSON.stringify(before)) return;
    this.#unlink(key, before);
    this.#link(key, routes);
    this.#byConfig.set(key, routes);
    memory.remember(key, routes).catch(onError);
  }

  /** What was remembered of configs that were deleted while the process was down. */
  #forgetDeleted(): void {
    const { projectConfigs, clusterConfigs } = this.#options;
    for (const key of this.#byConfig.keys()) {
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
    this.#reportDuplicates(routes);
  }

  /** A receiver has up to two paths, with and without the base URL's prefix: it is told of once. */
  #reportDuplicates(routes: readonly RememberedRoute[]): void {
    const told = new Set<string>();
    for (const { pathHash, receiver } of routes) {
      const sharing = [...(this.#byHash.get(pathHash)?.values() ?? [])].filter(({ project }) => project !== "");
      if (sharing.length > 1 && !told.has(receiver)) this.#options.onDuplicate(sharing);
      told.add(receiver);
    }
  }

  #unlink(key: string, routes: readonly RememberedRoute[]): void {
    for (const { pathHash } of routes) {
      const linked = this.#byHash.get(pathHash);
      linked?.delete(key);
      if (linked?.size === 0) this.#byHash.delete(pathHash);
    }
  }
}

/** Of several entries with one path, the first counts. */
function routesOf({ metadata, spec, status }: ProjectConfig | ClusterConfig): readonly RememberedRoute[] {
  const project = metadata.namespace ?? "";
  const routes = new Map<string, RememberedRoute>();
  for (const { name: receiver = "", path = "" } of status?.webhookReceivers ?? []) {
    const receiverSpec = spec?.webhookReceivers?.find(({ name }) => name === receiver);
    const type = receiverSpec && receiverTypeOf(receiverSpec)?.type;
    const sender = SENDERS.find((one) => one.name === type)?.name;
    if (sender === undefined) continue;
    for (const pathHash of [path, withoutPrefix(path)].map(hashOf)) {
      if (!routes.has(pathHash)) routes.set(pathHash, { pathHash, project, receiver, sender });
    }
  }
  return [...routes.values()];
}

/** `/<sender>/<hash>`: what is left of a path when a proxy strips the base URL's. */
function withoutPrefix(path: string): string {
  return `/${path.split("/").slice(-2).join("/")}`;
}

function hashOf(path: string): string {
  return createHash("sha256").update(path).digest("base64");
}
