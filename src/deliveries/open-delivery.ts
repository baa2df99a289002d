// A delivery that is being worked on, in memory: its targets move until each is final. What must outlive the process
// stands in the log.
import type { Match } from "../warehouses/match.ts";
import { isFinal, type Target } from "../warehouses/target.ts";
import { type Delivery, MAX_NOT_MATCHED, type NotMatched } from "./delivery.ts";

/** What is known when every matching Warehouse was tried once. */
export type DispatchOutcome =
  | { readonly kind: "refreshed"; readonly count: number }
  /** A patch failed; it is tried again. */
  | { readonly kind: "retrying" };

export class OpenDelivery {
  readonly delivery: Delivery;
  /** Monotonic milliseconds. */
  readonly arrivedAt: number;
  /** Settles once. */
  readonly outcome = Promise.withResolvers<DispatchOutcome>();
  /** Whether it was matched on knowledge newer than its arrival; until then it may gain targets. */
  isMatchedOnNews = false;
  /** By key and uid: a Warehouse recreated under its name is another target. */
  readonly #targets = new Map<string, Target>();
  /** By key; the first hundred. */
  readonly #notMatched = new Map<string, NotMatched>();
  #openCount = 0;
  /** Those that no patch was tried for; one that is refreshed again was tried. */
  readonly #untried = new Set<string>();
  #isTold = false;

  constructor(delivery: Delivery, arrivedAt: number) {
    this.delivery = delivery;
    this.arrivedAt = arrivedAt;
  }

  get targets(): readonly Target[] {
    return [...this.#targets.values()];
  }

  get notMatched(): readonly NotMatched[] {
    return [...this.#notMatched.values()];
  }

  /** Nothing more is to be done for any of its Warehouses, and none can join. */
  get isSettled(): boolean {
    return this.isMatchedOnNews && this.#openCount === 0;
  }

  /** Notes the index' verdict on a Warehouse; returns the target when it adds one. */
  consider(match: Match): Target | undefined {
    const { key, namespace, name, uid, repoURL, rule } = match;
    if (!match.isMatched) {
      if (this.#notMatched.size < MAX_NOT_MATCHED) this.#notMatched.set(key, { namespace, name, rule });
      return undefined;
    }
    this.#notMatched.delete(key);
    if (this.#targets.has(`${key}/${uid}`)) return undefined;
    const target: Target = {
      namespace,
      name,
      uid,
      repoURL,
      rule,
      state: "pending",
      attempt: 0,
      activeMs: 0,
      reason: "",
    };
    this.add(target);
    return target;
  }

  /** Adds a target, new or as an earlier process left it. */
  add(target: Target): void {
    this.#targets.set(idOf(target), target);
    if (!isFinal(target)) this.#openCount += 1;
    if (target.state === "pending") this.#untried.add(idOf(target));
  }

  /** Takes in how far a target is. */
  move(target: Target): void {
    const before = this.#targets.get(idOf(target));
    this.#targets.set(idOf(target), target);
    if (before && !isFinal(before) && isFinal(target)) this.#openCount -= 1;
    if (target.state === "retrying" || target.state === "failed") this.outcome.resolve({ kind: "retrying" });
    if (target.state !== "pending") this.#untried.delete(idOf(target));
    this.resolveIfTried();
  }

  /** Tells the outcome when there is one. */
  resolveIfTried(): void {
    if (this.#untried.size > 0 || this.#isTold) return;
    this.#isTold = true;
    const count = this.targets.filter(({ state }) => state !== "gone").length;
    this.outcome.resolve({ kind: "refreshed", count });
  }
}

function idOf({ namespace, name, uid }: Target): string {
  return `${namespace}/${name}/${uid}`;
}
