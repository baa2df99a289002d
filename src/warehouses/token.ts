// Refresh tokens: opaque and never repeated, so that two pushes within one second are two refreshes. `refresh`
// and the commands draw them.
import type { Clock, Random } from "../clock.ts";

const TOKEN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/;

export interface TokenSource {
  /** A token that none of `taken` equals. */
  next(taken: ReadonlySet<string>): string;
}

/**
 * RFC 3339 UTC with nine fractional digits: milliseconds, always above those of the last token, of this source or
 * `lastToken`, whatever the clock says, then a random part.
 */
export function createTokenSource({
  clock,
  random,
  lastToken,
}: {
  clock: Clock;
  random: Random;
  /** The newest token this replica ever recorded. */
  lastToken?: string | undefined;
}): TokenSource {
  let lastMs = lastToken === undefined ? 0 : Date.parse(`${lastToken.slice(0, 23)}Z`);

  const draw = () => {
    lastMs = Math.max(clock.now(), lastMs + 1);
    const digits = String(Math.floor(random.fraction() * 1_000_000)).padStart(6, "0");
    return `${new Date(lastMs).toISOString().slice(0, 23)}${digits}Z`;
  };

  return {
    next(taken) {
      let token = draw();
      while (taken.has(token)) token = draw();
      return token;
    },
  };
}

/** How long ago a token of ours was written, by the wall clock; 0 for one from the future, or of somebody else. */
export function tokenAgeMs(token: string, clock: Pick<Clock, "now">): number {
  const writtenAt = TOKEN.test(token) ? Date.parse(`${token.slice(0, 23)}Z`) : Number.NaN;
  return Number.isNaN(writtenAt) ? 0 : Math.max(0, clock.now() - writtenAt);
}
