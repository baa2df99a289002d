// The deliveries that were matched on knowledge that may be older than their arrival: each Warehouse whose
// subscriptions change concerns those of its repositories, and progress of the index settles the oldest of them.
import type { WarehouseIndex } from "../warehouses/match.ts";
import type { OpenDelivery } from "./open-delivery.ts";

export class UnsettledDeliveries {
  readonly #index: WarehouseIndex;
  /** In order of arrival. */
  readonly #all = new Set<OpenDelivery>();
  readonly #byURL = new Map<string, Set<OpenDelivery>>();

  constructor(index: WarehouseIndex) {
    this.#index = index;
  }

  add(work: OpenDelivery): void {
    this.#all.add(work);
    for (const url of this.#urlsOf(work)) this.#byURL.set(url, (this.#byURL.get(url) ?? new Set()).add(work));
  }

  /** Those of the repositories that the Warehouse subscribes to. */
  concernedBy(key: string): readonly OpenDelivery[] {
    return [...new Set(this.#index.subscribedURLs(key).flatMap((url) => [...(this.#byURL.get(url) ?? [])]))];
  }

  /** Removes and returns those that arrived before a moment, in monotonic milliseconds. */
  takeBefore(freshAt: number): readonly OpenDelivery[] {
    const taken: OpenDelivery[] = [];
    for (const work of this.#all) {
      if (work.arrivedAt >= freshAt) break;
      taken.push(work);
      this.#remove(work);
    }
    return taken;
  }

  #remove(work: OpenDelivery): void {
    this.#all.delete(work);
    for (const url of this.#urlsOf(work)) {
      const works = this.#byURL.get(url);
      works?.delete(work);
      if (works?.size === 0) this.#byURL.delete(url);
    }
  }

  #urlsOf({ delivery }: OpenDelivery): readonly string[] {
    return this.#index.canonicalURLs(delivery.repoURLs);
  }
}
