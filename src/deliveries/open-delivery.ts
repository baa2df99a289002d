// A delivery that is being worked on, in memory: its targets move until each is final. What must outlive the process
// is brought into the log by `saver`.
import { keyOf } from "../resources/resource.ts";
import type { Match } from "../warehouses/match.ts";
import type { Target } from "../warehouses/target.ts";
import { type Delivery, MAX_NOT_MATCHED, type NotMatched } from "./delivery.ts";
import { FollowedTargets } from "./followed-targets.ts";
import type { Decision } from "./log.ts";

/** What is known when every matching Warehouse was tried once. */
export type DispatchOutcome =
  /** `count` Warehouses. */
  | { readonly kind: "refreshed"; readonly count: number }
  /** A patch failed; it is tried again. */
  | { readonly kind: "retrying" };

/** Until one joins: most open deliveries concern no Warehouse, and thousands of them may wait to be confirmed. */
const NO_TARGETS = new FollowedTargets();

export class OpenDelivery {
  readonly delivery: Delivery;
  /** When this process took it up; monotonic milliseconds. */
  readonly begunAtMs: number;
  /** Resolves once. */
  readonly outcome = Promise.withResolvers<DispatchOutcome>();
  /** Whether it was matched on knowledge newer than its arrival; until then it may gain targets. */
  isMatchConfirmed = false;
  /** The log has the decision. */
  isDecided = false;
  #followed = NO_TARGETS;
  /** By key and tag; the first `MAX_NOT_MATCHED`. */
  #notMatched: Map<string, NotMatched> | undefined;
  #isTold = false;

  constructor(delivery: Delivery, begunAtMs: number) {
    this.delivery = delivery;
    this.begunAtMs = begunAtMs;
  }

  get targets(): readonly Target[] {
    return this.#followed.all;
  }

  get unsaved(): readonly Target[] {
    return this.#followed.unsaved;
  }

  /** Whether the log does not know all of it. */
  get hasNews(): boolean {
    return !this.#followed.isSaved || (this.#isFinished && !this.isDecided);
  }

  /** The last word on it, with what is unsaved; undefined while anything is left to do. */
  get decision(): Decision | undefined {
    if (!this.#isFinished) return undefined;
    const [targets, notMatched] = [this.unsaved, [...(this.#notMatched?.values() ?? [])]];
    if (!this.#followed.isEmpty) return { verdict: "done", reason: "", targets, notMatched };
    return { verdict: "unmatched", reason: unmatchedReason(this.delivery, notMatched), targets, notMatched };
  }

  /** Notes the index' verdict on a Warehouse and a tag; returns the target when it adds one. */
  consider(match: Match): Target | undefined {
    const { key, namespace, name, uid, repoURL, tag, rule } = match;
    const refusal = `${key}/${tag}`;
    if (!match.isMatched) {
      this.#notMatched ??= new Map();
      if (this.#notMatched.size < MAX_NOT_MATCHED) this.#notMatched.set(refusal, { namespace, name, tag, rule });
      return undefined;
    }
    this.#notMatched?.delete(refusal);
    const known = { namespace, name, uid, repoURL, tag, rule };
    const target: Target = { ...known, state: "pending", attempt: 0, activeMs: 0, reason: "" };
    if (this.#followed.has(target)) return undefined;
    if (this.#followed === NO_TARGETS) this.#followed = new FollowedTargets();
    this.#followed.add(target);
    return target;
  }

  /** Takes up a target as an earlier process left it in the log. */
  restore(target: Target): void {
    if (this.#followed === NO_TARGETS) this.#followed = new FollowedTargets();
    this.#followed.restore(target);
  }

  /** Takes in how far a target is. */
  move(target: Target): void {
    this.#followed.move(target);
    if (target.state === "retrying" || target.state === "failed") this.outcome.resolve({ kind: "retrying" });
    this.resolveIfTried();
  }

  /** The log knows these, and perhaps the decision. */
  markSaved(targets: readonly Target[], isDecided: boolean): void {
    this.#followed.markSaved(targets);
    this.isDecided = isDecided;
  }

  /** Tells the outcome when there is one. */
  resolveIfTried(): void {
    if (!this.#followed.isTried || this.#isTold) return;
    this.#isTold = true;
    const refreshed = this.targets.filter(({ state }) => state !== "gone").map(keyOf);
    this.outcome.resolve({ kind: "refreshed", count: new Set(refreshed).size });
  }

  /** Nothing more is to be done for any of its Warehouses, and none can join. */
  get #isFinished(): boolean {
    return this.isMatchConfirmed && this.#followed.isFinished;
  }
}

/** Of the Warehouses that do not want a push, so many are named in words. */
const MAX_TOLD = 3;

/** Why no Warehouse was refreshed, in words; all of it stands in the log. */
function unmatchedReason({ repoURLs, tags }: Delivery, notMatched: readonly NotMatched[]): string {
  if (repoURLs.length === 0) return "the webhook names no repository: is it another sender's?";
  if (notMatched.length === 0) return "no Warehouse subscribes to the repository";
  const told = notMatched.slice(0, MAX_TOLD).map(({ namespace, name, tag, rule }) => {
    return `${namespace}/${name}${tags.length > 1 ? ` ${tag}` : ""}: ${rule}`;
  });
  const rest = notMatched.length - told.length;
  return rest === 0 ? told.join("; ") : `${told.join("; ")}; and ${rest} more`;
}
