// The deliveries that were matched on knowledge that may be older than their arrival: each Warehouse whose
// subscriptions change concerns those of its repositories, and progress of the index confirms the oldest of them.
import type { WarehouseIndex } from "../warehouses/match.ts";
import type { OpenDelivery } from "./open-delivery.ts";

export class UnconfirmedDeliveries {
  readonly #index: WarehouseIndex;
  /** Since when, in monotonic milliseconds, the oldest first. */
  readonly #sinceMs = new Map<OpenDelivery, number>();
  readonly #byURL = new Map<string, Set<OpenDelivery>>();

  constructor(index: WarehouseIndex) {
    this.#index = index;
  }

  /** Adds a delivery that only knowledge newer than `nowMs` confirms. */
  add(work: OpenDelivery, nowMs: number): void {
    this.#sinceMs.delete(work);
    this.#sinceMs.set(work, nowMs);
    for (const url of this.#urlsOf(work)) this.#byURL.set(url, (this.#byURL.get(url) ?? new Set()).add(work));
  }

  /** Those of the repositories that the Warehouse subscribes to. */
  concernedBy(key: string): readonly OpenDelivery[] {
    return [...new Set(this.#index.subscribedURLs(key).flatMap((url) => [...(this.#byURL.get(url) ?? [])]))];
  }

  /** Removes and returns those that knowledge from before `freshAt` confirms. */
  takeBefore(freshAt: number): readonly OpenDelivery[] {
    const taken: OpenDelivery[] = [];
    for (const [work, sinceMs] of this.#sinceMs) {
      if (sinceMs >= freshAt) break;
      taken.push(work);
      this.#remove(work);
    }
    return taken;
  }

  #remove(work: OpenDelivery): void {
    this.#sinceMs.delete(work);
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
