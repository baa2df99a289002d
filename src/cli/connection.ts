// A running Dockbell, or a cluster with its resources, as commands see it; `app` makes one.
import type { DrainState } from "../deliveries/drain.ts";
import type { ToldDelivery } from "../deliveries/told-delivery.ts";
import type { KubeClient } from "../kube/client.ts";
import type { ConfigFlags } from "./settings-flags.ts";

/** Which one is meant. */
export interface ConnectionFlags extends ConfigFlags {
  /** A cluster's, instead of the one in the data directory. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string | undefined;
}

/** What a receiver is told of draining; each call returns how it stands then. */
export interface DrainControl {
  begin(): Promise<DrainState>;
  cancel(): Promise<DrainState>;
  state(): Promise<DrainState>;
}

export interface Connection {
  /** Reading it throws `InputError` where a receiver is found, and no cluster. */
  readonly client: KubeClient;
  /** Where it leads, for people. */
  readonly place: string;
  /** The only one to look at; all of them when undefined. */
  readonly namespace: string | undefined;
  /** Newest first; undefined where only the API can be reached, since each receiver keeps its own. */
  readonly recentDeliveries: ((limit: number) => Promise<readonly ToldDelivery[]>) | undefined;
  /** Undefined for the same reason. */
  readonly drain: DrainControl | undefined;
}
