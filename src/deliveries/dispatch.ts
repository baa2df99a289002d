// Stage B: from a recorded delivery to refreshed Warehouses, and on until each of them has seen what was pushed.
// Match, pursue each target, note every move in the log, decide. Works in memory on what the log holds on disk; a start
// takes up from the log alone.
import type { Clock, Random } from "../clock.ts";
import type { Informer } from "../kube/informer.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import type { Match, WarehouseIndex } from "../warehouses/match.ts";
import type { Pursuer } from "../warehouses/pursue.ts";
import { isFinal, type Target } from "../warehouses/target.ts";
import type { Delivery } from "./delivery.ts";
import type { DeliveryLog, OpenRecord } from "./log.ts";
import { type DispatchOutcome, OpenDelivery } from "./open-delivery.ts";
import { Saver } from "./saver.ts";
import { UnconfirmedDeliveries } from "./unconfirmed.ts";

export interface Dispatcher {
  /** Resolves when every matching Warehouse was tried once. Never rejects: whatever fails is tried again. */
  dispatch(delivery: Delivery): Promise<DispatchOutcome>;
  /** Takes up what stood open in the log when it was opened; call once, when the informer is synced. */
  resume(): void;
  /** Resolves when nothing is being written: after the signal aborted, soon. */
  idle(): Promise<void>;
}

/** Everything a delivery led to, told once, when it is decided; `elapsedMs` counts from its arrival in this process. */
export interface Decided {
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
  readonly random: Random;
  /** What could not be written when it aborts is taken up by the next start. */
  readonly signal: AbortSignal;
  readonly onDecided: (decided: Decided) => void;
  /** Told when the log cannot be written; the delivery stays open until it can. */
  readonly onError: (error: unknown) => void;
}

/** Follows the informer from now on. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const dispatch = new Dispatch(options);
  options.informer.subscribe(({ key, current }) => dispatch.onWarehouse(key, current));
  options.informer.onProgress(() => dispatch.onProgress());
  return {
    dispatch: (delivery) => dispatch.run(delivery),
    resume: () => dispatch.resume(),
    idle: () => dispatch.idle(),
  };
}

class Dispatch {
  readonly #options: DispatcherOptions;
  readonly #unconfirmed: UnconfirmedDeliveries;
  readonly #saver: Saver;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#unconfirmed = new UnconfirmedDeliveries(options.index);
    this.#saver = new Saver({ ...options, onDecided: (work) => this.#onDecided(work) });
  }

  async run(delivery: Delivery): Promise<DispatchOutcome> {
    const { informer } = this.#options;
    const work = this.#begin(delivery);
    // Before the Warehouses were listed, that none is known means nothing.
    await informer.synced;
    this.#unconfirmed.add(work, work.begunAtMs);
    this.#matchAll(work);
    work.resolveIfTried();
    this.onProgress();
    return work.outcome.promise;
  }

  resume(): void {
    for (const record of this.#options.log.leftOpen()) this.#takeUp(record);
  }

  idle(): Promise<void> {
    return this.#saver.idle();
  }

  /** The list that began after our start is newer than what arrived before it. */
  #takeUp({ delivery, targets }: OpenRecord): void {
    const work = this.#begin(delivery);
    for (const target of targets) work.restore(target);
    for (const target of targets) if (!isFinal(target)) this.#pursue(work, target);
    this.#matchAll(work);
    this.#confirm(work);
  }

  #begin(delivery: Delivery): OpenDelivery {
    return new OpenDelivery(delivery, this.#options.clock.monotonicMs());
  }

  /** A Warehouse changed: newer knowledge may make it a target, and it may answer refreshes. */
  onWarehouse(key: string, warehouse: Warehouse | undefined): void {
    const { index, pursuer } = this.#options;
    if (index.update(key, warehouse)) {
      for (const work of this.#unconfirmed.concernedBy(key)) {
        for (const match of index.matchOne(key, work.delivery)) this.#consider(work, match);
      }
    }
    pursuer.onWarehouse(key, warehouse);
  }

  /** The index has caught up with some moment: what arrived before it is matched on knowledge newer than the push. */
  onProgress(): void {
    for (const work of this.#unconfirmed.takeBefore(this.#options.informer.freshAt())) this.#confirm(work);
  }

  #matchAll(work: OpenDelivery): void {
    for (const match of this.#options.index.match(work.delivery)) this.#consider(work, match);
    // Of a single target its first move tells soon enough; many wait for their turn, and a list shows how many.
    if (work.targets.length > 1) this.#saver.save(work);
  }

  #consider(work: OpenDelivery, match: Match): void {
    const target = work.consider(match);
    if (target) this.#pursue(work, target);
  }

  #pursue(work: OpenDelivery, target: Target): void {
    this.#options.pursuer.pursue(target, (moved) => this.#onMove(work, moved));
  }

  #onMove(work: OpenDelivery, target: Target): void {
    work.move(target);
    if (target.state === "gone") this.#matchAnew(work, target);
    this.#saver.save(work);
  }

  /** Perhaps another one stands under its name by now, and perhaps the index has not heard of it yet. */
  #matchAnew(work: OpenDelivery, { namespace, name, uid }: Target): void {
    const { index, clock } = this.#options;
    const matches = index.matchOne(`${namespace}/${name}`, work.delivery);
    if (matches[0]?.uid === uid) {
      work.isMatchConfirmed = false;
      this.#unconfirmed.add(work, clock.monotonicMs());
    } else for (const match of matches) this.#consider(work, match);
  }

  #confirm(work: OpenDelivery): void {
    work.isMatchConfirmed = true;
    if (work.decision) this.#saver.save(work);
  }

  #onDecided({ delivery, targets, begunAtMs, decision }: OpenDelivery): void {
    const { clock, onDecided } = this.#options;
    const { verdict = delivery.verdict, reason = "" } = decision ?? {};
    onDecided({ delivery: { ...delivery, verdict, reason }, targets, elapsedMs: clock.monotonicMs() - begunAtMs });
  }
}
