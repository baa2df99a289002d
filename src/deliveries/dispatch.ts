// Stage B: from a recorded delivery to refreshed Warehouses, and on until each of them has seen the push.
// Match, pursue each target, note every move in the log, decide. Works in memory on what the log holds on disk; a start
// takes up from the log alone.
import type { Clock } from "../clock.ts";
import type { Informer } from "../kube/informer.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import type { Match, WarehouseIndex } from "../warehouses/match.ts";
import type { Pursuer } from "../warehouses/pursue.ts";
import { isFinal, type Target } from "../warehouses/target.ts";
import type { Delivery, NotMatched } from "./delivery.ts";
import type { DeliveryLog, OpenRecord } from "./log.ts";
import { type DispatchOutcome, OpenDelivery } from "./open-delivery.ts";
import { UnsettledDeliveries } from "./unsettled.ts";

export interface Dispatcher {
  /** Resolves when every matching Warehouse was tried once. Never rejects: whatever fails is tried again. */
  dispatch(delivery: Delivery): Promise<DispatchOutcome>;
  /** Takes up what a former process left open; call once, when the informer is synced. */
  resume(): void;
}

/** Everything a delivery led to, told once, when it is decided; `elapsedMs` counts from its arrival in this process. */
export interface Settled {
  readonly delivery: Delivery;
  readonly targets: readonly Target[];
  readonly elapsedMs: number;
}

interface DispatcherOptions {
  readonly log: DeliveryLog;
  readonly index: WarehouseIndex;
  readonly informer: Informer<Warehouse>;
  readonly pursuer: Pursuer;
  readonly clock: Clock;
  readonly onSettled: (settled: Settled) => void;
  /** Told when the log cannot be written; the delivery stays open on disk. */
  readonly onError: (error: unknown) => void;
}

/** Of the Warehouses that do not want a push, so many are named in words. */
const MAX_TOLD = 3;

/** Follows the informer from now on. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const dispatch = new Dispatch(options);
  options.informer.subscribe(({ key, current }) => dispatch.onWarehouse(key, current));
  options.informer.onProgress(() => dispatch.onProgress());
  return {
    dispatch: (delivery) => dispatch.run(delivery),
    resume: () => dispatch.resume(),
  };
}

class Dispatch {
  readonly #options: DispatcherOptions;
  /** By id. */
  readonly #open = new Map<string, OpenDelivery>();
  readonly #unsettled: UnsettledDeliveries;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#unsettled = new UnsettledDeliveries(options.index);
  }

  async run(delivery: Delivery): Promise<DispatchOutcome> {
    const { index, informer, clock } = this.#options;
    const work = new OpenDelivery(delivery, clock.monotonicMs());
    this.#open.set(delivery.id, work);
    // Before the Warehouses were listed, that none is known means nothing.
    await informer.synced;
    this.#unsettled.add(work);
    for (const match of index.match(delivery, delivery.project)) this.#consider(work, match);
    work.resolveIfTried();
    this.onProgress();
    return work.outcome.promise;
  }

  resume(): void {
    for (const record of this.#options.log.open()) if (!this.#open.has(record.delivery.id)) this.#takeUp(record);
  }

  /** The list that began after our start is newer than what arrived before it. */
  #takeUp({ delivery, targets }: OpenRecord): void {
    const { index, clock } = this.#options;
    const work = new OpenDelivery(delivery, clock.monotonicMs());
    this.#open.set(delivery.id, work);
    for (const target of targets) work.add(target);
    for (const target of targets) if (!isFinal(target)) this.#pursue(work, target);
    for (const match of index.match(delivery, delivery.project)) this.#consider(work, match);
    this.#settleOnNews(work);
  }

  /** A Warehouse changed: newer knowledge may make it a target, and it may answer refreshes. */
  onWarehouse(key: string, warehouse: Warehouse | undefined): void {
    const { index, pursuer } = this.#options;
    if (index.update(key, warehouse)) {
      for (const work of this.#unsettled.concernedBy(key)) {
        const match = index.matchOne(key, work.delivery, work.delivery.project);
        if (match) this.#consider(work, match);
      }
    }
    pursuer.onWarehouse(key, warehouse);
  }

  /** The index has caught up with some moment: what arrived before it is matched on knowledge newer than the push. */
  onProgress(): void {
    for (const work of this.#unsettled.takeBefore(this.#options.informer.freshAt())) this.#settleOnNews(work);
  }

  #consider(work: OpenDelivery, match: Match): void {
    const target = work.consider(match);
    if (target) this.#pursue(work, target);
  }

  #pursue(work: OpenDelivery, target: Target): void {
    this.#options.pursuer.pursue(target, work.delivery.tag, (moved) => this.#onMove(work, moved));
  }

  #onMove(work: OpenDelivery, target: Target): void {
    const { index, log } = this.#options;
    const { delivery } = work;
    work.move(target);
    if (target.state === "gone") {
      // Perhaps another one stands under its name by now.
      const match = index.matchOne(`${target.namespace}/${target.name}`, delivery, delivery.project);
      if (match) this.#consider(work, match);
    }
    if (work.isSettled) this.#decide(work, [target]);
    else log.saveTargets(delivery.id, [target]).catch(this.#options.onError);
  }

  #settleOnNews(work: OpenDelivery): void {
    work.isMatchedOnNews = true;
    if (work.isSettled) this.#decide(work, []);
  }

  /** `unsaved` are the targets whose last move is not in the log. */
  #decide(work: OpenDelivery, unsaved: readonly Target[]): void {
    const { log, clock, onSettled, onError } = this.#options;
    if (!this.#open.delete(work.delivery.id)) return;
    const { targets, notMatched } = work;
    const isMatched = targets.length > 0;
    const verdict = isMatched ? "done" : "unmatched";
    const reason = isMatched ? "" : unmatchedReason(notMatched);
    const decision = { verdict, reason, targets: unsaved, notMatched } as const;
    const elapsedMs = clock.monotonicMs() - work.arrivedAt;
    log
      .decide(work.delivery, decision)
      .then(() => onSettled({ delivery: { ...work.delivery, verdict, reason }, targets, elapsedMs }), onError);
  }
}

/** Why no Warehouse was refreshed, in words; all of it stands in the log. */
function unmatchedReason(notMatched: readonly NotMatched[]): string {
  if (notMatched.length === 0) return "no Warehouse subscribes to the repository";
  const told = notMatched.slice(0, MAX_TOLD).map(({ namespace, name, rule }) => `${namespace}/${name}: ${rule}`);
  const rest = notMatched.length - told.length;
  return rest === 0 ? told.join("; ") : `${told.join("; ")}; and ${rest} more`;
}
