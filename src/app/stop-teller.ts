// What the log tells of a stop: a line when it is asked for, with what will happen, and one when it is over.
import { aborted, type Clock } from "../clock.ts";
import type { Drain } from "../deliveries/drain.ts";
import type { Log } from "../telemetry/log.ts";

interface StopTellerOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Its reason is the name of the signal that the process got. */
  readonly stop: AbortSignal;
  /** How long requests are answered as before. */
  readonly serveOnMs: number;
  /** How long what is under way then may take. */
  readonly endWithinMs: number;
  /** Whether open deliveries outlive the process. */
  readonly isDurable: boolean;
}

export interface StopTeller {
  /** Whose deliveries are counted; undefined in a process that receives nothing. */
  follow(drain: Pick<Drain, "state"> | undefined): void;
  /** Everything has ended; says nothing where no stop was asked for. */
  ended(): void;
}

export function createStopTeller(options: StopTellerOptions): StopTeller {
  const { clock, log, stop, serveOnMs, endWithinMs, isDurable } = options;
  let followed: Pick<Drain, "state"> | undefined;
  let begunAt = 0;
  const openCount = () => followed?.state().openCount ?? 0;
  void aborted(stop).then(() => {
    begunAt = clock.monotonicMs();
    const servesOn = serveOnMs > 0 ? `serves on for ${secondsText(serveOnMs)}, then ends` : "ends";
    const open = followed ? `; ${openText(openCount())}` : "";
    log(`${stop.reason}: ${servesOn} what is under way within ${secondsText(endWithinMs)}${open}`);
  });
  return {
    follow(drain) {
      followed = drain;
    },
    ended() {
      if (!stop.aborted) return;
      const fate = isDurable ? "left for the next start" : "given up";
      const left = openCount() > 0 ? `; ${openText(openCount())} ${fate}` : "";
      log(`ended after ${((clock.monotonicMs() - begunAt) / 1000).toFixed(1)} s${left}`);
    },
  };
}

function openText(count: number): string {
  return `${count} open ${count === 1 ? "delivery" : "deliveries"}`;
}

function secondsText(ms: number): string {
  return `${ms / 1000} s`;
}
