// Stage B: from a recorded delivery to refreshed Warehouses, and on until each of them has seen the push.
// Works in memory on what the log holds on disk; `replay` and a start need nothing but the log.
import type { Clock, Random } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Informer } from "../kube/informer.ts";
import type { Warehouse } from "../resources/kargo.ts";
import type { Match, WarehouseIndex } from "../warehouses/match.ts";
import { progressOf } from "../warehouses/progress.ts";
import type { Refresher } from "../warehouses/refresh.ts";
import { type Delivery, isFinal, type Target, type TargetState } from "./delivery.ts";
import type { DeliveryLog } from "./log.ts";

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
}

interface OpenTarget extends Omit<Target, "state" | "token" | "attempt" | "reason" | "activeMs"> {
  readonly key: string;
  readonly repoURL: string;
  readonly startedAt: number;
  state: TargetState;
  token: string | undefined;
  attempt: number;
  reason: string;
}

interface OpenDelivery {
  readonly delivery: Delivery;
  readonly arrivedAt: number;
  readonly candidates: Map<string, Match>;
  readonly targets: Map<string, OpenTarget>;
  /** Whether the index was known to be newer than the arrival when it was matched. */
  isMatchedOnNews: boolean;
}

const RETRY_BASE_MS = 100;
const RETRY_CAP_MS = 30_000;
/** The controller leaves a push alone that stayed invisible for so long. */
const NOT_VISIBLE_FINAL_MS = 15 * 60_000;

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { log, index, informer, refresher, replica, clock, random, signal, onSettled } = options;
  const open = new Map<string, OpenDelivery>();
  const unsettled = new Set<OpenDelivery>();
  const waiting = new Map<string, Set<{ readonly work: OpenDelivery; readonly target: OpenTarget }>>();

  const take = (delivery: Delivery): OpenDelivery => {
    const arrivedAt = clock.monotonicMs();
    const work: OpenDelivery = { delivery, arrivedAt, candidates: new Map(), targets: new Map(), isMatchedOnNews: false };
    open.set(delivery.id, work);
    unsettled.add(work);
    for (const match of index.match(delivery, delivery.project)) consider(work, match);
    return work;
  };

  /** A Warehouse that was recreated under its name is another target. */
  const consider = (work: OpenDelivery, match: Match): OpenTarget | undefined => {
    work.candidates.set(match.key, match);
    const id = `${match.key}/${match.uid}`;
    if (!match.isMatched || work.targets.has(id)) return undefined;
    const { key, namespace, name, uid, repoURL } = match;
    const startedAt = clock.monotonicMs();
    const target: OpenTarget = { key, namespace, name, uid, repoURL, startedAt, state: "pending", token: undefined, attempt: 0, reason: "" };
    work.targets.set(id, target);
    const waitingHere = waiting.get(key) ?? new Set();
    waiting.set(key, waitingHere.add({ work, target }));
    return target;
  };

  const save = (work: OpenDelivery) =>
    log.saveTargets(work.delivery.id, [...work.targets.values()].map((target) => recordOf(target, clock)));

  const refreshOnce = async (work: OpenDelivery, target: OpenTarget): Promise<boolean> => {
    target.attempt += 1;
    try {
      const { key, namespace, name, repoURL } = target;
      const refreshed = await refresher.refresh({ key, namespace, name, repoURL, tag: work.delivery.tag });
      if (refreshed.kind === "gone" || refreshed.uid !== target.uid) {
        move(target, "gone", "the Warehouse was deleted");
      } else {
        target.token = refreshed.token;
        move(target, "refreshed", "");
      }
      return true;
    } catch (error) {
      move(target, "retrying", messageOf(error));
      return false;
    }
  };

  const refreshUntilWritten = async (work: OpenDelivery, target: OpenTarget) => {
    while (!(await refreshOnce(work, target)) && !signal.aborted) {
      const ceiling = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** target.attempt);
      await clock.sleep(ceiling * (0.5 + random.fraction() / 2), signal);
    }
    await afterMove(work, target);
  };

  /** What follows a written refresh: on disk, and a look at whether its answer was quicker than we. */
  const afterMove = async (work: OpenDelivery, target: OpenTarget) => {
    if (signal.aborted) return;
    await save(work);
    look(work, target, informer.get(target.key));
    await settleIfDone(work);
  };

  const look = (work: OpenDelivery, target: OpenTarget, warehouse: Warehouse | undefined) => {
    if (isFinal(target.state) || target.state === "pending" || target.token === undefined) return;
    if (!warehouse || warehouse.metadata.uid !== target.uid) return move(target, "gone", "the Warehouse was deleted");
    if (!refresher.isCurrent(target.key, warehouse)) return;
    const { token, key, repoURL } = target;
    const push = { token, repoURL, tag: work.delivery.tag };
    const progress = progressOf(warehouse, replica, push, (entry) => refresher.covers(key, entry, token));
    if (progress.kind === "waiting") return;
    if (progress.kind === "refresh-again") {
      move(target, "pending", progress.reason);
      void refreshUntilWritten(work, target);
    } else {
      move(target, progress.kind, progress.reason);
    }
  };

  const settleIfDone = async (work: OpenDelivery) => {
    const isDone = [...work.targets.values()].every((target) => isFinal(target.state) || isGivenUp(target, clock));
    if (!work.isMatchedOnNews || !isDone || !open.delete(work.delivery.id)) return;
    for (const entries of waiting.values()) for (const entry of entries) if (entry.work === work) entries.delete(entry);
    const targets = [...work.targets.values()].map((target) => recordOf(target, clock));
    const verdict = targets.length === 0 ? "unmatched" : "done";
    const reason = targets.length === 0 ? unmatchedReason(work) : "";
    await log.saveTargets(work.delivery.id, targets);
    await log.decide(work.delivery.id, verdict, reason);
    const elapsedMs = clock.monotonicMs() - work.arrivedAt;
    onSettled({ delivery: { ...work.delivery, verdict, reason }, candidates: [...work.candidates.values()], targets, elapsedMs });
  };

  const onWarehouse = (key: string, warehouse: Warehouse | undefined) => {
    index.update(key, warehouse);
    for (const work of unsettled) {
      const match = index.matchOne(key, work.delivery, work.delivery.project);
      const target = match && consider(work, match);
      if (target) void refreshUntilWritten(work, target);
    }
    for (const { work, target } of waiting.get(key) ?? []) {
      look(work, target, warehouse);
      if (isFinal(target.state)) void settleIfDone(work);
    }
    if (waiting.get(key)?.size === 0) waiting.delete(key);
    refresher.observe(key, warehouse);
  };

  /** The index has caught up with some moment: what arrived before it is matched on knowledge newer than the push. */
  const onProgress = () => {
    for (const work of unsettled) {
      if (informer.freshAt() <= work.arrivedAt) continue;
      work.isMatchedOnNews = true;
      unsettled.delete(work);
      void settleIfDone(work);
    }
  };

  for (const warehouse of informer.values()) index.update(`${warehouse.metadata.namespace}/${warehouse.metadata.name}`, warehouse);
  informer.subscribe(({ key, current }) => onWarehouse(key, current));
  informer.onProgress(onProgress);

  const run = async (work: OpenDelivery): Promise<DispatchOutcome> => {
    const targets = [...work.targets.values()];
    const written = await Promise.all(targets.map((target) => refreshOnce(work, target)));
    targets.forEach((target, place) => {
      void (written[place] ? afterMove(work, target) : refreshUntilWritten(work, target));
    });
    return written.every(Boolean) ? { kind: "refreshed", count: targets.length } : { kind: "retrying" };
  };

  return {
    dispatch: (delivery) => run(take(delivery)),
    resume() {
      for (const { delivery } of log.open()) void run(take(delivery));
    },
  };
}

function move(target: OpenTarget, state: TargetState, reason: string): void {
  target.state = state;
  target.reason = reason;
}

function isGivenUp(target: OpenTarget, clock: Clock): boolean {
  return target.state === "not-visible" && clock.monotonicMs() - target.startedAt >= NOT_VISIBLE_FINAL_MS;
}

function recordOf({ key: _, repoURL: __, startedAt, ...target }: OpenTarget, clock: Clock): Target {
  return { ...target, activeMs: clock.monotonicMs() - startedAt };
}

function unmatchedReason(work: OpenDelivery): string {
  const candidates = [...work.candidates.values()];
  if (candidates.length === 0) return "no Warehouse subscribes to the repository";
  return candidates.map(({ key, rule }) => `${key}: ${rule}`).join("; ");
}
