// Treats each host as it asks to be treated: few requests side by side, silence for as long as `Retry-After` says, and
// no pull while the quota is used up. Docker Hub: docs.docker.com/docker-hub/usage/pulls, RFC 9110 section 10.2.3.
import type { Clock } from "../clock.ts";
import { RegistryError } from "../errors.ts";
import { type Ask, askedOf, type RegistryRequest, type RegistryResponse } from "./exchange.ts";
import { createSlots, type Slots } from "./slots.ts";

interface ThrottleOptions {
  readonly clock: Clock;
  /** Requests under way at one host. */
  readonly maxConcurrent?: number;
}

interface Host {
  readonly slots: Slots;
  /** Monotonic milliseconds; not a request before. */
  silentUntil: number;
  /** The same for manifest GETs, which count as pulls, by account. */
  readonly pullsFrom: Map<string, { readonly at: number; readonly quota: string }>;
}

interface Quota {
  readonly remaining: number;
  readonly windowSeconds: number;
}

const MAX_CONCURRENT = 4;
/** A shorter silence is slept through; a longer one is an error that says how long. */
export const MAX_PATIENCE_MS = 5_000;
const MAX_SILENCE_MS = 6 * 3_600_000;
/** Hub writes a moment, in seconds since the epoch, where the RFC has a number of seconds. */
const FIRST_MOMENT_SECONDS = 1_000_000_000;

export function createThrottle(ask: Ask, { clock, maxConcurrent = MAX_CONCURRENT }: ThrottleOptions): Ask {
  const hosts = new Map<string, Host>();
  const hostOf = (name: string) => {
    const host = hosts.get(name) ?? {
      slots: createSlots(maxConcurrent),
      silentUntil: Number.NEGATIVE_INFINITY,
      pullsFrom: new Map(),
    };
    hosts.set(name, host);
    return host;
  };
  return async (request) => {
    const name = new URL(request.url).host;
    const host = hostOf(name);
    try {
      await pauseFor(request, host, clock);
      return await host.slots.run(request.signal, async () => {
        await pauseFor(request, host, clock);
        const response = await ask(request);
        remember(request, response, host, clock);
        return response;
      });
    } finally {
      // Redirects may name ever new hosts: only those are kept that said something to remember.
      if (isForgettable(host, clock)) hosts.delete(name);
    }
  };
}

function isForgettable({ slots, silentUntil, pullsFrom }: Host, clock: Clock): boolean {
  return slots.isIdle() && silentUntil <= clock.monotonicMs() && pullsFrom.size === 0;
}

async function pauseFor(request: RegistryRequest, host: Host, clock: Clock): Promise<void> {
  const waitMs = host.silentUntil - clock.monotonicMs();
  if (waitMs > MAX_PATIENCE_MS) throw tooManyRequests(request, "asked to be left alone", waitMs, clock);
  if (waitMs > 0) await clock.sleep(waitMs, request.signal);
  const pulls = isPull(request) ? host.pullsFrom.get(request.account) : undefined;
  const pullWaitMs = (pulls?.at ?? 0) - clock.monotonicMs();
  if (!pulls) return;
  if (pullWaitMs > 0) throw tooManyRequests(request, `has no pulls left of ${pulls.quota}`, pullWaitMs, clock);
  host.pullsFrom.delete(request.account);
}

function remember(request: RegistryRequest, response: RegistryResponse, host: Host, clock: Clock): void {
  const now = clock.monotonicMs();
  const silenceMs = retryAfterMs(response.header("retry-after"), clock);
  if ((response.status === 429 || response.status === 503) && silenceMs !== undefined) {
    host.silentUntil = Math.max(host.silentUntil, now + Math.min(silenceMs, MAX_SILENCE_MS));
  }
  const limit = parseQuota(response.header("ratelimit-limit"));
  const left = parseQuota(response.header("ratelimit-remaining"));
  if (!limit || !left) return;
  if (left.remaining > 0) {
    host.pullsFrom.delete(request.account);
    return;
  }
  // The window slides: on the average one pull becomes free in each of its parts.
  const nextMs = (limit.windowSeconds / Math.max(1, limit.remaining)) * 1000;
  const quota = `${limit.remaining} in ${limit.windowSeconds} s`;
  host.pullsFrom.set(request.account, { at: now + Math.min(nextMs, MAX_SILENCE_MS), quota });
}

/** Undefined where the header is missing or says nothing. */
export function retryAfterMs(value: string, clock: Clock): number | undefined {
  if (value === "") return undefined;
  const seconds = Number(value);
  if (seconds >= FIRST_MOMENT_SECONDS) return Math.max(0, seconds * 1000 - clock.now());
  if (seconds >= 0) return seconds * 1000;
  const at = /^[A-Z]/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - clock.now());
}

/** `100;w=21600`. */
function parseQuota(value: string): Quota | undefined {
  const match = /^(\d{1,9});w=(\d{1,9})$/.exec(value);
  return match ? { remaining: Number(match[1]), windowSeconds: Number(match[2]) } : undefined;
}

/** A manifest GET counts against the quota, a HEAD does not. */
function isPull({ method, url }: RegistryRequest): boolean {
  return method === "GET" && url.includes("/manifests/");
}

function tooManyRequests(request: RegistryRequest, why: string, waitMs: number, clock: Clock): RegistryError {
  const until = new Date(clock.now() + waitMs).toISOString().slice(0, 19);
  const host = new URL(request.url).host;
  return new RegistryError(
    `${askedOf(request)}: not sent, because ${host} ${why}; it may be asked again at ${until}Z`,
    {
      status: 429,
      isRetryable: true,
      retryAfterMs: waitMs,
    },
  );
}
