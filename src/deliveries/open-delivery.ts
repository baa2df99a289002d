// A delivery that is being worked on, in memory: its targets move, and `recordOf` is what the log keeps of them.
import type { Match } from "../warehouses/match.ts";
import { type Delivery, isFinal, type Target, type TargetState } from "./delivery.ts";

export interface OpenTarget {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The pushed URL the Warehouse subscribes to, normalised. */
  readonly repoURL: string;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  state: TargetState;
  token: string | undefined;
  attempt: number;
  reason: string;
}

export interface OpenDelivery {
  readonly delivery: Delivery;
  /** Monotonic milliseconds. */
  readonly arrivedAt: number;
  /** The latest verdict on each subscribed Warehouse, by key. */
  readonly candidates: Map<string, Match>;
  /** By key and uid: a Warehouse recreated under its name is another target. */
  readonly targets: Map<string, OpenTarget>;
  /** Whether it was matched on knowledge newer than its arrival; until then it may gain targets. */
  isMatchedOnNews: boolean;
}

/** The controller leaves a push alone that stayed invisible for so long; so do we. */
const NOT_VISIBLE_FINAL_MS = 15 * 60_000;

export function openDelivery(delivery: Delivery, nowMs: number): OpenDelivery {
  return { delivery, arrivedAt: nowMs, candidates: new Map(), targets: new Map(), isMatchedOnNews: false };
}

/** Notes the verdict; returns the target when the match adds one. */
export function consider(work: OpenDelivery, match: Match, nowMs: number): OpenTarget | undefined {
  work.candidates.set(match.key, match);
  const id = `${match.key}/${match.uid}`;
  if (!match.isMatched || work.targets.has(id)) return undefined;
  const { key, namespace, name, uid, repoURL } = match;
  const identity = { key, namespace, name, uid, repoURL, startedAt: nowMs };
  const target: OpenTarget = { ...identity, state: "pending", token: undefined, attempt: 0, reason: "" };
  work.targets.set(id, target);
  return target;
}

export function move(target: OpenTarget, state: TargetState, reason: string): void {
  target.state = state;
  target.reason = reason;
}

/** Whether nothing more is to be done for any of its Warehouses, and none can join. */
export function isSettled(work: OpenDelivery, nowMs: number): boolean {
  return (
    work.isMatchedOnNews &&
    [...work.targets.values()].every((target) => isFinal(target.state) || isGivenUp(target, nowMs))
  );
}

function isGivenUp(target: OpenTarget, nowMs: number): boolean {
  return target.state === "not-visible" && nowMs - target.startedAt >= NOT_VISIBLE_FINAL_MS;
}

export function recordsOf(work: OpenDelivery, nowMs: number): readonly Target[] {
  return [...work.targets.values()].map(({ key: _key, repoURL: _repoURL, startedAt, ...target }) => ({
    ...target,
    activeMs: nowMs - startedAt,
  }));
}

/** Why no Warehouse was refreshed, in words. */
export function unmatchedReason(work: OpenDelivery): string {
  const candidates = [...work.candidates.values()];
  if (candidates.length === 0) return "no Warehouse subscribes to the repository";
  return candidates.map(({ key, rule }) => `${key}: ${rule}`).join("; ");
}
