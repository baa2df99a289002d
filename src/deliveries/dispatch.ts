// Stage B: from a recorded delivery to refreshed Warehouses, and on until each of them has seen the push.
// Works in memory on what the log holds on disk; a start takes up from the log alone.
import type { Clock, Random } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Informer } from "../kube/informer.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import type { Match, WarehouseIndex } from "../warehouses/match.ts";
import { progressOf } from "../warehouses/progress.ts";
import type { Refresher } from "../warehouses/refresh.ts";
import { type Delivery, isFinal, type Target } from "./delivery.ts";
import type { DeliveryLog } from "./log.ts";
import {
  consider,
  isSettled,
  move,
  type OpenDelivery,
  type OpenTarget,
  openDelivery,
  recordsOf,
  unmatchedReason,
} from "./open-delivery.ts";

/** What is known when every matching Warehouse was tried once. */
export type DispatchOutcome =
  | { readonly kind: "refreshed"; readonly count: number }
  /** A patch failed; it is tried again. */
  | { readonly kind: "retrying" };

export interface Dispatcher {
  /** Never rejects: whatever fails is tried again. */
  dispatch(delivery: Delivery): Promise<DispatchOutcome>;
  /** Takes up what a former process left open; call once, when the informer is synced. */
  resume(): void;
}

/** Everything a delivery led to, told once, when it is decided; `elapsedMs` counts from its arrival in this process. */
export interface Settled {
  readonly delivery: Delivery;
  readonly candidates: readonly Match[];
  readonly targets: readonly Target[];
  readonly elapsedMs: number;
}

interface DispatcherOptions {
  readonly log: DeliveryLog;
  readonly index: WarehouseIndex;
  readonly informer: Informer<Warehouse>;
  readonly refresher: Refresher;
  readonly replica: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly onSettled: (settled: Settled) => void;
  /** Told when the log cannot be written; the delivery stays open on disk. */
  readonly onError: (error: unknown) => void;
}

const RETRY_BASE_MS = 100;
const RETRY_CAP_MS = 30_000;

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

interface Follower {
  readonly work: OpenDelivery;
  readonly target: OpenTarget;
}

class Dispatch {
  readonly #options: DispatcherOptions;
  readonly #open = new Set<OpenDelivery>();
  /** Matched on knowledge that may be older than their arrival. */
  readonly #unsettled = new Set<OpenDelivery>();
  /** By Warehouse key: the targets that wait for its next change. */
  readonly #followers = new Map<string, Set<Follower>>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  resume(): void {
    for (const { delivery } of this.#options.log.open()) void this.run(delivery);
  }

  async run(delivery: Delivery): Promise<DispatchOutcome> {
    const { index } = this.#options;
    const work = openDelivery(delivery, this.#now());
    this.#open.add(work);
    this.#unsettled.add(work);
    for (const match of index.match(delivery, delivery.project)) this.#consider(work, match);

    const targets = [...work.targets.values()];
    const written = await Promise.all(targets.map((target) => this.#refreshOnce(work, target)));
    targets.forEach((target, place) => {
      this.#background(written[place] ? this.#afterRefresh(work, target) : this.#refreshUntilWritten(work, target));
    });
    return written.every(Boolean) ? { kind: "refreshed", count: targets.length } : { kind: "retrying" };
  }

  /** A Warehouse changed: it may answer refreshes, and newer knowledge may make it a target. */
  onWarehouse(key: string, warehouse: Warehouse | undefined): void {
    const { index, refresher } = this.#options;
    index.update(key, warehouse);
    for (const work of this.#unsettled) {
      const match = index.matchOne(key, work.delivery, work.delivery.project);
      const target = match && this.#consider(work, match);
      if (target) this.#background(this.#refreshUntilWritten(work, target));
    }
    for (const { work, target } of this.#followers.get(key) ?? []) {
      this.#look(work, target, warehouse);
      if (isFinal(target.state)) this.#background(this.#settleIfDone(work));
    }
    refresher.observe(key, warehouse);
  }

  /** The index has caught up with some moment: what arrived before it is matched on knowledge newer than the push. */
  onProgress(): void {
    for (const work of this.#unsettled) {
      if (this.#options.informer.freshAt() <= work.arrivedAt) continue;
      work.isMatchedOnNews = true;
      this.#unsettled.delete(work);
      this.#background(this.#settleIfDone(work));
    }
  }

  #now(): number {
    return this.#options.clock.monotonicMs();
  }

  #background(work: Promise<void>): void {
    work.catch(this.#options.onError);
  }

  #consider(work: OpenDelivery, match: Match): OpenTarget | undefined {
    const target = consider(work, match, this.#now());
    if (!target) return undefined;
    const followers = this.#followers.get(match.key) ?? new Set();
    this.#followers.set(match.key, followers.add({ work, target }));
    return target;
  }

  async #refreshOnce(work: OpenDelivery, target: OpenTarget): Promise<boolean> {
    const { key, namespace, name, repoURL } = target;
    target.attempt += 1;
    try {
      const refreshed = await this.#options.refresher.refresh({
        key,
        namespace,
        name,
        repoURL,
        tag: work.delivery.tag,
      });
      const isSame = refreshed.kind === "refreshed" && refreshed.uid === target.uid;
      if (isSame) target.token = refreshed.token;
      move(target, isSame ? "refreshed" : "gone", isSame ? "" : "the Warehouse was deleted");
      return true;
    } catch (error) {
      move(target, "retrying", messageOf(error));
      return false;
    }
  }

  async #refreshUntilWritten(work: OpenDelivery, target: OpenTarget): Promise<void> {
    const { clock, random, signal } = this.#options;
    while (!signal.aborted && !(await this.#refreshOnce(work, target))) {
      const ceilingMs = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** target.attempt);
      await clock.sleep(ceilingMs * (0.5 + random.fraction() / 2), signal);
    }
    await this.#afterRefresh(work, target);
  }

  /** The token goes to disk; the controller may already have answered it. */
  async #afterRefresh(work: OpenDelivery, target: OpenTarget): Promise<void> {
    const { log, informer, signal } = this.#options;
    if (signal.aborted) return;
    await log.saveTargets(work.delivery.id, recordsOf(work, this.#now()));
    this.#look(work, target, informer.get(target.key));
    await this.#settleIfDone(work);
  }

  #look(work: OpenDelivery, target: OpenTarget, warehouse: Warehouse | undefined): void {
    const { refresher, replica } = this.#options;
    const { key, repoURL, token } = target;
    if (isFinal(target.state) || target.state === "pending" || token === undefined) return;
    if (warehouse?.metadata.uid !== target.uid) {
      move(target, "gone", "the Warehouse was deleted");
      return;
    }
    if (!refresher.isCurrent(key, warehouse)) return;
    const push = { token, repoURL, tag: work.delivery.tag };
    const progress = progressOf(warehouse, replica, push, (entry) => refresher.covers(key, entry, token));
    if (progress.kind === "refresh-again") {
      move(target, "pending", progress.reason);
      this.#background(this.#refreshUntilWritten(work, target));
    } else if (progress.kind !== "waiting") {
      move(target, progress.kind, progress.reason);
    }
  }

  async #settleIfDone(work: OpenDelivery): Promise<void> {
    const { log, onSettled } = this.#options;
    if (!isSettled(work, this.#now()) || !this.#open.delete(work)) return;
    this.#unfollow(work);
    const targets = recordsOf(work, this.#now());
    const isMatched = targets.length > 0;
    const verdict = isMatched ? "done" : "unmatched";
    const reason = isMatched ? "" : unmatchedReason(work);
    await log.decide(work.delivery.id, { verdict, reason, targets });
    const candidates = [...work.candidates.values()];
    const elapsedMs = this.#now() - work.arrivedAt;
    onSettled({ delivery: { ...work.delivery, verdict, reason }, candidates, targets, elapsedMs });
  }

  #unfollow(work: OpenDelivery): void {
    for (const { key } of work.targets.values()) {
      const followers = this.#followers.get(key);
      for (const follower of followers ?? []) if (follower.work === work) followers?.delete(follower);
      if (followers?.size === 0) this.#followers.delete(key);
    }
  }
}
