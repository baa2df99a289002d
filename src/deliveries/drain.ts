// Whether this replica takes deliveries, and how many it still works on. Before it is scaled away for good it is told
// to take no more, since what is left in its log would go with its volume: `dockbell deliveries drain`.
import type { DeliveryLog } from "./log.ts";

/** As the admin API tells it. */
export interface DrainState {
  readonly isDraining: boolean;
  /** Deliveries that are not decided, those that are being recorded included. */
  readonly openCount: number;
}

export class Drain {
  readonly #log: Pick<DeliveryLog, "openCount">;
  #isDraining = false;

  constructor(log: Pick<DeliveryLog, "openCount">) {
    this.#log = log;
  }

  /** Until it is cancelled or the process starts again. */
  begin(): void {
    this.#isDraining = true;
  }

  cancel(): void {
    this.#isDraining = false;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  state(): DrainState {
    return { isDraining: this.#isDraining, openCount: this.#log.openCount() };
  }
}
