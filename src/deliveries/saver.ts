// Brings the moves of open deliveries into the log: for each delivery one write at a time, repeated until it succeeds.
// `dispatch` calls it after each move.
import { repeatUntilDone } from "../backoff.ts";
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
  readonly #saving = new Map<OpenDelivery, Promise<void>>();

  constructor(options: SaverOptions) {
    this.#options = options;
  }

  /** What moves while a write is under way goes with the next one. */
  save(work: OpenDelivery): void {
    if (this.#saving.has(work) || !work.hasNews) return;
    this.#saving.set(
      work,
      this.#saveAll(work).finally(() => this.#saving.delete(work)),
    );
  }

  /** Resolves when nothing is being written any more. */
  async idle(): Promise<void> {
    while (this.#saving.size > 0) await Promise.all(this.#saving.values());
  }

  async #saveAll(work: OpenDelivery): Promise<void> {
    const repeat = { ...this.#options, backoff: BACKOFF };
    while (work.hasNews) if (!(await repeatUntilDone(() => this.#write(work), repeat))) return;
    if (work.isDecided) this.#options.onDecided(work);
  }

  async #write(work: OpenDelivery): Promise<void> {
    const { log } = this.#options;
    const { delivery, decision, unsaved } = work;
    if (decision) await log.decide(delivery, { ...decision, targets: unsaved });
    else await log.saveTargets(delivery.id, unsaved);
    work.markSaved(unsaved, decision !== undefined);
  }
}
