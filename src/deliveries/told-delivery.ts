// A delivery as the admin API tells it and commands print it.
import type { Target } from "../warehouses/target.ts";
import type { Delivery, NotMatched } from "./delivery.ts";
import type { DeliveryRecord } from "./log.ts";

export interface ToldDelivery extends Omit<Delivery, "arrivedAt"> {
  /** RFC 3339. */
  readonly arrivedAt: string;
  readonly targets: readonly Target[];
  readonly notMatched: readonly NotMatched[];
}

export function tellDelivery({ delivery, targets, notMatched }: DeliveryRecord): ToldDelivery {
  return { ...delivery, arrivedAt: new Date(delivery.arrivedAt).toISOString(), targets, notMatched };
}
