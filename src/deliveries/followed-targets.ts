// The targets of an open delivery, and what is left to do about them: which were never tried, and which the log does
// not know as they are now.
import { isFinal, type Target } from "../warehouses/target.ts";

export class FollowedTargets {
  /** By key, uid and tag: a Warehouse recreated under its name is another target. */
  readonly #targets = new Map<string, Target>();
  /** Ids of the targets that the log does not have as they are. */
  readonly #unsaved = new Set<string>();
  /** Those that no patch was tried for; one that is refreshed again was tried. */
  readonly #untried = new Set<string>();
  #openCount = 0;

  get all(): readonly Target[] {
    return [...this.#targets.values()];
  }

  get unsaved(): readonly Target[] {
    return [...this.#unsaved].map((id) => this.#targets.get(id)).filter((target) => target !== undefined);
  }

  get isEmpty(): boolean {
    return this.#targets.size === 0;
  }

  get isSaved(): boolean {
    return this.#unsaved.size === 0;
  }

  get isTried(): boolean {
    return this.#untried.size === 0;
  }

  /** Nothing more is to be done for any of them. */
  get isFinished(): boolean {
    return this.#openCount === 0;
  }

  has(target: Target): boolean {
    return this.#targets.has(idOf(target));
  }

  /** Adds a target that the log does not know. */
  add(target: Target): void {
    this.restore(target);
    this.#unsaved.add(idOf(target));
  }

  /** Adds a target as the log has it. */
  restore(target: Target): void {
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
    if (target.state !== "pending") this.#untried.delete(idOf(target));
  }

  /** The log knows these; one that moved meanwhile stays unsaved. */
  markSaved(targets: readonly Target[]): void {
    for (const target of targets) {
      if (this.#targets.get(idOf(target)) === target) this.#unsaved.delete(idOf(target));
    }
  }
}

function idOf({ namespace, name, uid, tag }: Target): string {
  return `${namespace}/${name}/${uid}/${tag}`;
}
