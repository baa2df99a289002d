// What is tried again and again against one API, and fails for many by one cause: a line when the cause begins, and one
// when it is over.
import type { Clock } from "../clock.ts";
import { CredentialsError, KubeError, messageOf, TransportError } from "../errors.ts";
import type { Log } from "./log.ts";
import { printable } from "./printable.ts";

/** What is done, in words for a line, and to whom. */
export interface Attempt {
  /** Such as `watching warehouses`. */
  readonly what: string;
  /** Whoever fails by the same cause shares its lines. */
  readonly subject: string;
}

export interface Troubles {
  /** `since` is when it began to fail, in monotonic milliseconds; by default what failed now began to. */
  failed(attempt: Attempt, error: unknown, since?: number): void;
  worked(attempt: Attempt): void;
  /** It is not tried any more. */
  ended(attempt: Attempt): void;
}

interface TroublesOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** What goes on while the API server is away. */
  readonly meanwhile: () => string;
}

interface Cause {
  /** Of the API server as a whole: whatever it answers ends this. */
  readonly isShared: boolean;
  begunAt: number;
  readonly failing: Set<string>;
  readonly begun: string;
  readonly over: string;
  isTold: boolean;
}

/** A cause that comes and goes is told of no more often. */
export const TELL_EVERY_MS = 60_000;
const MAX_MESSAGE_LENGTH = 1_000;
/** What stands before an API server answers so when none is behind it. */
const AWAY_STATUSES: readonly number[] = [502, 503, 504];

/** Whether it hits whoever asks the same: the API is away, not asked, lets nobody in, or refuses what a Role lacks. */
export function isCommon(error: unknown): boolean {
  if (error instanceof TransportError) return error.problem !== "aborted";
  if (error instanceof KubeError)
    return error.status === 401 || AWAY_STATUSES.includes(error.status) || error.lackingRight !== undefined;
  return error instanceof CredentialsError;
}

export function createTroubles(options: TroublesOptions): Troubles {
  return new OpenTroubles(options);
}

class OpenTroubles implements Troubles {
  readonly #options: TroublesOptions;
  readonly #causes = new Map<string, Cause>();
  readonly #toldAt = new Map<string, number>();
  /** When the API server was last back; somebody who has not asked since knows an older failure. */
  #backAt = Number.NEGATIVE_INFINITY;

  constructor(options: TroublesOptions) {
    this.#options = options;
  }

  failed(attempt: Attempt, error: unknown, since = failedSince(error, this.#options.clock)): void {
    const key = causeOf(attempt, error);
    const known = this.#causes.get(key);
    if (known?.failing.has(attempt.subject)) return;
    const cause = known ?? this.#begin(key, attempt, error);
    cause.begunAt = Math.min(cause.begunAt, Math.max(since, this.#backAt));
    // An API that is away says nothing about what it refused before.
    if (!cause.isShared) this.#leave(attempt, cause);
    cause.failing.add(attempt.subject);
    if (!known) void this.#tell(key, cause);
  }

  worked(attempt: Attempt): void {
    this.#leave(attempt);
  }

  ended({ subject }: Attempt): void {
    for (const [key, { failing, isShared }] of this.#causes) {
      if (failing.delete(subject) && failing.size === 0 && !isShared) this.#causes.delete(key);
    }
  }

  #begin(key: string, { what }: Attempt, error: unknown): Cause {
    const { clock, meanwhile } = this.#options;
    const message = printable(messageOf(error), MAX_MESSAGE_LENGTH);
    const isShared = key === "away" || key === "credentials";
    const texts = isShared
      ? {
          begun: `API server ${key === "away" ? "away" : "not asked"}: ${message}; ${meanwhile()}`,
          over: "API server back",
        }
      : { begun: `${what} fails: ${message}; trying again`, over: `${what} works again` };
    const cause = { ...texts, isShared, begunAt: clock.monotonicMs(), failing: new Set<string>(), isTold: false };
    this.#causes.set(key, cause);
    return cause;
  }

  /** The server answered: it is not away, and `subject` fails by no cause but `now`. */
  #leave({ subject }: Attempt, now?: Cause): void {
    for (const [key, cause] of this.#causes) {
      if (cause === now) continue;
      const wasFailing = cause.failing.delete(subject);
      if (!cause.isShared && !(wasFailing && cause.failing.size === 0)) continue;
      this.#causes.delete(key);
      if (cause.isShared) this.#backAt = this.#options.clock.monotonicMs();
      if (cause.isTold && (cause.isShared || !now)) this.#tellOver(cause);
    }
  }

  async #tell(key: string, cause: Cause): Promise<void> {
    const { clock, log, signal } = this.#options;
    const waitMs = (this.#toldAt.get(key) ?? Number.NEGATIVE_INFINITY) + TELL_EVERY_MS - clock.monotonicMs();
    if (waitMs > 0) await clock.sleep(waitMs, signal);
    if (signal.aborted || this.#causes.get(key) !== cause) return;
    const nowMs = clock.monotonicMs();
    for (const [one, at] of this.#toldAt) if (at + TELL_EVERY_MS <= nowMs) this.#toldAt.delete(one);
    this.#toldAt.set(key, nowMs);
    cause.isTold = true;
    log(cause.begun);
  }

  #tellOver({ over, begunAt }: Cause): void {
    const { clock, log } = this.#options;
    log(`${over} after ${((clock.monotonicMs() - begunAt) / 1000).toFixed(1)} s`);
  }
}

/** When what failed now was asked for, where no answer came, in monotonic milliseconds; now for what was refused. */
export function failedSince(error: unknown, clock: Clock): number {
  return clock.monotonicMs() - (error instanceof TransportError ? error.waitedMs : 0);
}

function causeOf({ what }: Attempt, error: unknown): string {
  if (error instanceof CredentialsError) return "credentials";
  if (error instanceof TransportError) return "away";
  if (!(error instanceof KubeError)) return `${what} ${messageOf(error)}`;
  if (AWAY_STATUSES.includes(error.status)) return "away";
  // Whoever is given one right hears at once which is the next that lacks.
  return `${what} ${error.status} ${error.reason} ${error.lackingRight?.right}`;
}
