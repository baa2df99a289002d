// A delivery that is being worked on, in memory: its targets move until each is final. What must outlive the process
// is brought into the log by `saver`.
import { keyOf } from "../resources/resource.ts";
import type { Match } from "../warehouses/match.ts";
import { isFinal, type Target } from "../warehouses/target.ts";
import { type Delivery, MAX_NOT_MATCHED, type NotMatched } from "./delivery.ts";
import type { Decision } from "./log.ts";

/** What is known when every matching Warehouse was tried once. */
export type DispatchOutcome =
  /** `count` Warehouses. */
  | { readonly kind: "refreshed"; readonly count: number }
  /** A patch failed; it is tried again. */
  | { readonly kind: "retrying" };

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
  /** By key, uid and tag: a Warehouse recreated under its name is another target. */
  readonly #targets = new Map<string, Target>();
  /** By key and tag; the first hundred. */
  readonly #notMatched = new Map<string, NotMatched>();
  /** Ids of the targets whose last move is not in the log. */
  readonly #unsaved = new Set<string>();
  #openCount = 0;
  /** Those that no patch was tried for; one that is refreshed again was tried. */
  readonly #untried = new Set<string>();
  #isTold = false;

  constructor(delivery: Delivery, begunAtMs: number) {
    this.delivery = delivery;
    this.begunAtMs = begunAtMs;
  }

  get targets(): readonly Target[] {
    return [...this.#targets.values()];
  }

  get unsaved(): readonly Target[] {
    return [...this.#unsaved].map((id) => this.#targets.get(id)).filter((target) => target !== undefined);
  }

  /** Whether the log does not know all of it. */
  get hasNews(): boolean {
    return this.#unsaved.size > 0 || (this.#isFinished && !this.isDecided);
  }

  /** The last word on it; undefined while anything is left to do. */
  get decision(): Omit<Decision, "targets"> | undefined {
    if (!this.#isFinished) return undefined;
    const notMatched = [...this.#notMatched.values()];
    if (this.#targets.size > 0) return { verdict: "done", reason: "", notMatched };
    return { verdict: "unmatched", reason: unmatchedReason(this.delivery, notMatched), notMatched };
  }

  /** Notes the index' verdict on a Warehouse and a tag; returns the target when it adds one. */
  consider(match: Match): Target | undefined {
    const { key, namespace, name, uid, repoURL, tag, rule } = match;
    const refusal = `${key}/${tag}`;
    if (!match.isMatched) {
      if (this.#notMatched.size < MAX_NOT_MATCHED) this.#notMatched.set(refusal, { namespace, name, tag, rule });
      return undefined;
    }
    this.#notMatched.delete(refusal);
    const known = { namespace, name, uid, repoURL, tag, rule };
    const target: Target = { ...known, state: "pending", attempt: 0, activeMs: 0, reason: "" };
    if (this.#targets.has(idOf(target))) return undefined;
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
    this.#unsaved.add(idOf(target));
    if (before && !isFinal(before) && isFinal(target)) this.#openCount -= 1;
    if (target.state === "retrying" || target.state === "failed") this.outcome.resolve({ kind: "retrying" });
    if (target.state !== "pending") this.#untried.delete(idOf(target));
    this.resolveIfTried();
  }

  /** The log knows these, and perhaps the decision. */
  markSaved(targets: readonly Target[], isDecided: boolean): void {
    for (const target of targets) {
      if (this.#targets.get(idOf(target)) === target) this.#unsaved.delete(idOf(target));
    }
    this.isDecided = isDecided;
  }

  /** Tells the outcome when there is one. */
  resolveIfTried(): void {
    if (this.#untried.size > 0 || this.#isTold) return;
    this.#isTold = true;
    const refreshed = this.targets.filter(({ state }) => state !== "gone").map(keyOf);
    this.outcome.resolve({ kind: "refreshed", count: new Set(refreshed).size });
  }

  /** Nothing more is to be done for any of its Warehouses, and none can join. */
  get #isFinished(): boolean {
    return this.isMatchConfirmed && this.#openCount === 0;
  }
}

function idOf({ namespace, name, uid, tag }: Target): string {
  return `${namespace}/${name}/${uid}/${tag}`;
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
