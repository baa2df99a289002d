// Pushes that had no place in a Warehouse's list by their name, and that no full scan found. They are asked for by name
// again in turns of as many as a list holds: one soon after another while that leads to something, then at the pauses at
// which the controller looks for what is not visible. `pursue` keeps them here.
import type { Clock } from "../clock.ts";
import { LOOK_PAUSES_MS } from "./look-pauses.ts";

interface Missed<T> {
  /** Those that were missed at least once and are not closed. */
  readonly known: Set<T>;
  /** Those that wait to be asked for, in the order of their turns. */
  readonly waiting: Set<T>;
  /** How often they were asked for since something last came of it. */
  vainTurns: number;
  timer: AbortController | undefined;
}

interface MissedOptions<T> {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly askAgain: (push: T) => void;
}

/** A list holds about so many: more would take one another's place. */
const MAX_TURN = 64;

export class MissedPushes<T> {
  readonly #options: MissedOptions<T>;
  /** By Warehouse key. */
  readonly #missed = new Map<string, Missed<T>>();

  constructor(options: MissedOptions<T>) {
    this.#options = options;
  }

  add(key: string, push: T): void {
    const missed = this.#missed.get(key) ?? { known: new Set(), waiting: new Set(), vainTurns: 0, timer: undefined };
    this.#missed.set(key, missed);
    missed.waiting.add(push);
    if (!missed.known.has(push)) hurry(missed);
    missed.known.add(push);
    if (!missed.timer) void this.#askInTurns(missed);
  }

  isWaiting(key: string, push: T): boolean {
    return this.#missed.get(key)?.waiting.has(push) ?? false;
  }

  /** It is not asked for any more; `isAnswered` says that it came of a turn. */
  close(key: string, push: T, isAnswered: boolean): void {
    const missed = this.#missed.get(key);
    if (!missed?.known.delete(push)) return;
    missed.waiting.delete(push);
    if (isAnswered) hurry(missed);
    if (missed.known.size === 0) this.#missed.delete(key);
  }

  async #askInTurns(missed: Missed<T>): Promise<void> {
    const { clock, signal, askAgain } = this.#options;
    while (missed.waiting.size > 0 && !signal.aborted) {
      const timer = new AbortController();
      missed.timer = timer;
      const pauseMs = LOOK_PAUSES_MS[Math.min(missed.vainTurns, LOOK_PAUSES_MS.length - 1)] ?? 0;
      await clock.sleep(pauseMs, AbortSignal.any([signal, timer.signal]));
      if (timer.signal.aborted || signal.aborted) continue;
      missed.vainTurns += 1;
      const turn = [...missed.waiting].slice(0, MAX_TURN);
      for (const push of turn) missed.waiting.delete(push);
      for (const push of turn) askAgain(push);
    }
    missed.timer = undefined;
  }
}

/** The next turn need not wait longer than the first did. */
function hurry(missed: Missed<unknown>): void {
  if (missed.vainTurns === 0) return;
  missed.vainTurns = 0;
  missed.timer?.abort();
}
