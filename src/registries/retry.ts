// The one place that asks a registry again: after a broken connection, and after an answer that says "later".
import { type Clock, jittered, type Random } from "../clock.ts";
import { TransportError } from "../errors.ts";
import type { Ask, RegistryRequest, RegistryResponse } from "./exchange.ts";
import { MAX_PATIENCE_MS, retryAfterMs } from "./throttle.ts";

interface RetryOptions {
  readonly clock: Clock;
  readonly random: Random;
}

const MAX_ATTEMPTS = 3;
const BASE_MS = 250;
const NOT_IMPLEMENTED = 501;

/** A silence that the host asks for is the throttle's to keep: this waits a little, never in step with others. */
export function createRetry(ask: Ask, { clock, random }: RetryOptions): Ask {
  return async (request) => {
    for (let attempt = 1; ; attempt++) {
      const settled = await settle(ask, request);
      const isLast = attempt === MAX_ATTEMPTS || request.signal?.aborted === true;
      if (isLast || !isWorthAnother(settled, clock)) return resultOf(settled);
      await clock.sleep(jittered(BASE_MS * 2 ** attempt, random), request.signal);
    }
  };
}

/** Whether an answer with this status may be another one later. */
export function isLater(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== NOT_IMPLEMENTED);
}

type Settled = { readonly response: RegistryResponse } | { readonly error: unknown };

function settle(ask: Ask, request: RegistryRequest): Promise<Settled> {
  return ask(request).then(
    (response) => ({ response }),
    (error: unknown) => ({ error }),
  );
}

/** A timeout is not asked again: the caller has waited long enough. */
function isWorthAnother(settled: Settled, clock: Clock): boolean {
  if ("response" in settled) {
    const { status, header } = settled.response;
    return isLater(status) && (retryAfterMs(header("retry-after"), clock) ?? 0) <= MAX_PATIENCE_MS;
  }
  const { error } = settled;
  return error instanceof TransportError && (error.problem === "reset" || error.problem === "cut-short");
}

function resultOf(settled: Settled): RegistryResponse {
  if ("error" in settled) throw settled.error;
  return settled.response;
}
