// Brings the moves of open deliveries into the log: for each delivery one write at a time, repeated until it succeeds.
// `dispatch` calls it after each move.
import { type RepeatOptions, repeatUntilDone } from "../backoff.ts";
import type { Clock, Random } from "../clock.ts";
import type { DeliveryLog } from "./log.ts";
import type { OpenDelivery } from "./open-delivery.ts";

interface SaverOptions {
  readonly log: DeliveryLog;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** The delivery is decided, on disk too. */
  readonly onDecided: (work: OpenDelivery) => void;
  /** Told when the log cannot be written, once for each delivery until it can. */
  readonly onError: (error: unknown) => void;
}

const BACKOFF = { baseMs: 100, capMs: 30_000 };

export class Saver {
  readonly #options: SaverOptions;
  readonly #repeat: RepeatOptions;
  readonly #saving = new Set<OpenDelivery>();
  /** Those who wait until nothing is being written. */
  readonly #waiting: (() => void)[] = [];

  constructor(options: SaverOptions) {
    this.#options = options;
    this.#repeat = { ...options, backoff: BACKOFF };
  }

  /** What moves while a write is under way goes with the next one. */
  save(work: OpenDelivery): void {
    if (this.#saving.has(work) || !work.hasNews) return;
    this.#saving.add(work);
    void this.#saveAll(work);
  }

  /** Resolves when nothing is being written any more. */
  idle(): Promise<void> {
    if (this.#saving.size === 0) return Promise.resolve();
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  async #saveAll(work: OpenDelivery): Promise<void> {
    while (work.hasNews) if (!(await repeatUntilDone(() => this.#write(work), this.#repeat))) break;
    this.#saving.delete(work);
    if (work.isDecided) this.#options.onDecided(work);
    if (this.#saving.size === 0) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #write(work: OpenDelivery): Promise<void> {
    const { log } = this.#options;
    const { delivery, decision } = work;
    const { targets } = decision ?? { targets: work.unsaved };
    if (decision) await log.decide(delivery, decision);
    else await log.saveTargets(delivery.id, targets);
    work.markSaved(targets, decision !== undefined);
  }
}
