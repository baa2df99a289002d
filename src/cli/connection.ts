// A running Dockbell, or a cluster with its resources, as commands see it; `app` makes one.
import type { DeliveryList } from "../deliveries/delivery-list.ts";
import type { DrainState } from "../deliveries/drain.ts";
import type { DeliveryPage, DeliveryQuery, PageQuery } from "../deliveries/told-delivery.ts";
import { InputError } from "../errors.ts";
import type { KubeClient } from "../kube/client.ts";
import type { ConfigFlags } from "./settings-flags.ts";

/** Which one is meant. */
export interface ConnectionFlags extends ConfigFlags {
  /** A cluster's, instead of the one in the data directory. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string | undefined;
  /** How long one answer may take to begin. */
  readonly requestTimeoutMs: number;
}

export interface ReplicaDrain extends DrainState {
  /** Which one it is. */
  readonly replica: string;
}

/** What one replica of the receiver is told of draining; each call returns how it stands then. */
export interface DrainControl {
  begin(): Promise<ReplicaDrain>;
  cancel(): Promise<ReplicaDrain>;
  state(): Promise<ReplicaDrain>;
}

/** The deliveries of every replica that the reached one knows. */
export interface DeliveryLogs {
  list(query: DeliveryQuery): Promise<DeliveryList>;
  /** Rejects with `InputError` where no delivery has the id. */
  page(query: PageQuery): Promise<DeliveryPage>;
}

export interface Connection {
  /** Reading it throws `InputError` where a receiver is found, and no cluster. */
  readonly client: KubeClient;
  /** Where it leads, for people. */
  readonly place: string;
  /** The only one to look at; all of them when undefined. */
  readonly namespace: string | undefined;
  /** Undefined where only the API can be reached. */
  readonly deliveries: DeliveryLogs | undefined;
  /** Undefined for the same reason. */
  readonly drain: DrainControl | undefined;
  /** What a fault of the connection means for the user; others stay as they are. */
  explain(error: unknown): unknown;
}

/** Throws `InputError` where there are none; `command` is the one that wants them. */
export function deliveryLogsOf({ deliveries, place }: Connection, command: string): DeliveryLogs {
  if (deliveries) return deliveries;
  throw new InputError(
    `${place} has none: each receiver keeps its own, run dockbell deliveries ${command} where it runs`,
  );
}
