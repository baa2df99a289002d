// A running Dockbell as commands see it; `app` makes one.
import type { ToldDelivery } from "../deliveries/told-delivery.ts";
import type { KubeClient } from "../kube/client.ts";

export interface Connection {
  readonly client: KubeClient;
  /** Newest first. */
  recentDeliveries(limit: number): Promise<readonly ToldDelivery[]>;
}
