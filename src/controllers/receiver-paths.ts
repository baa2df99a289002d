// Which configs publish which paths of receivers. No webhook reaches a receiver through a path that another one has too,
// and each of their configs says so in its own status, without naming the others. `receiver-status` asks it.
import type { Informer } from "../kube/informer.ts";
import { CLUSTER_CONFIG_NAME, type ClusterConfig } from "../resources/cluster-config.ts";
import type { Config } from "../resources/config.ts";
import type { ProjectConfig } from "../resources/project-config.ts";

export class ReceiverPaths {
  /** By key of the config. */
  readonly #byConfig = new Map<string, ReadonlySet<string>>();
  /** The keys of the configs that publish a path. */
  readonly #byPath = new Map<string, Set<string>>();

  /** Takes in what a config publishes; returns the keys of the others whose paths come to be shared, or no longer are. */
  update(key: string, config: Config | undefined): readonly string[] {
    const before = this.#byConfig.get(key) ?? new Set<string>();
    const after = new Set(config?.status?.webhookReceivers?.map(({ path = "" }) => path));
    const changed = before.symmetricDifference(after);
    if (after.size > 0) this.#byConfig.set(key, after);
    else this.#byConfig.delete(key);
    for (const path of before) this.#unlink(path, key);
    for (const path of after) this.#byPath.set(path, (this.#byPath.get(path) ?? new Set()).add(key));
    return [...new Set([...changed].flatMap((path) => this.#others(key, path)))];
  }

  /** Whether webhooks to the path reach this config's receiver: the only ProjectConfig with it, else the ClusterConfig. */
  isReached(key: string, path: string): boolean {
    const projects = this.#others(key, path).filter((other) => other !== CLUSTER_CONFIG_NAME);
    return key === CLUSTER_CONFIG_NAME ? projects.length !== 1 : projects.length === 0;
  }

  #others(key: string, path: string): readonly string[] {
    return [...(this.#byPath.get(path) ?? [])].filter((other) => other !== key);
  }

  #unlink(path: string, key: string): void {
    const keys = this.#byPath.get(path);
    keys?.delete(key);
    if (keys?.size === 0) this.#byPath.delete(path);
  }
}

interface FollowOptions {
  readonly projectConfigs: Informer<ProjectConfig>;
  readonly clusterConfigs: Informer<ClusterConfig>;
  /** Told the key of each config that has something else to say of its paths than before. */
  readonly onShared: (configKey: string) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Takes in what is published, now and from now on. */
export function followReceiverPaths(paths: ReceiverPaths, options: FollowOptions): void {
  const { projectConfigs, clusterConfigs, onShared, signal } = options;
  for (const informer of [projectConfigs, clusterConfigs]) {
    informer.subscribe(({ key, current }) => paths.update(key, current).forEach(onShared), signal);
  }
}
