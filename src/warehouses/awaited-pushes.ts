// Pushes that a registry does not show yet, or only under the old digest, and when to look for them again.
// A pushed tag may not be readable for minutes: ARCHITECTURE.md, "What Docker Hub promises".
import type { Sighting } from "../discovery/pushed-tags.ts";
import { type PushEntry, type PushesAnswer, pushName } from "../resources/pushes.ts";
import { LOOK_PAUSES_MS } from "./look-pauses.ts";
import type { OpenPushes } from "./open-pushes.ts";

/** A sighting; or its subscription could not be discovered: `unusable` where only another spec can help. */
export type PushOutcome = Sighting | "failed" | "unusable";

/** After a push was first looked for. */
const LOOKS_AFTER_MS = LOOK_PAUSES_MS.map((_, place) =>
  LOOK_PAUSES_MS.slice(0, place + 1).reduce((sum, pauseMs) => sum + pauseMs),
);
/** A tag that stays missing for so long is left alone. */
const MISSING_MS = 15 * 60_000;
/** A digest that stays the old one for so long was pushed again. */
const OLD_DIGEST_MS = 90_000;

/** Moments are monotonic milliseconds. */
export class AwaitedPushes {
  /** When each open push was first looked for. */
  #since = new Map<string, number>();
  /** Those that were still missing at their last look. */
  #leftAlone = new Set<string>();
  #lookAt: number | undefined;

  /** When to look again; undefined when nothing is waited for. */
  get lookAt(): number | undefined {
    return this.#lookAt;
  }

  /** Whether a pass of this process has looked for every one of them. */
  knows({ entries }: OpenPushes): boolean {
    return entries.every((entry) => this.#since.has(idOf(entry)));
  }

  /** Continues where an earlier process was: pushes it did not see are as old as they are told to be. */
  resume({ invisible }: OpenPushes, ageMsOf: (entry: PushEntry) => number, nowMs: number): void {
    for (const entry of invisible) {
      const id = idOf(entry);
      if (!this.#since.has(id)) this.#since.set(id, nowMs - ageMsOf(entry));
    }
  }

  /** Whether it stayed missing for so long that it is not looked for any more. */
  isLeftAlone(entry: PushEntry): boolean {
    return this.#leftAlone.has(idOf(entry));
  }

  /** Answers every open push, and plans the next look. Undefined when nothing was ever asked. */
  answer(
    { read, entries }: OpenPushes,
    outcomeOf: (entry: PushEntry) => PushOutcome,
    nowMs: number,
  ): PushesAnswer | undefined {
    const before = this.#since;
    this.#since = new Map(entries.map((entry) => [idOf(entry), before.get(idOf(entry)) ?? nowMs]));
    const looks = entries.map((entry) => {
      const sinceMs = this.#since.get(idOf(entry)) ?? nowMs;
      return { id: idOf(entry), name: pushName(entry), ...lookAgain(outcomeOf(entry), sinceMs, nowMs) };
    });
    const isOver = ({ kind, lookAt }: Look) => kind === "not-visible" && lookAt === undefined;
    this.#leftAlone = new Set(looks.filter(isOver).map(({ id }) => id));
    this.#lookAt = earliest(looks.map(({ lookAt }) => lookAt));
    if (read.size === 0) return undefined;
    const namesOf = (some: readonly { readonly name: string }[]) => [...new Set(some.map(({ name }) => name))];
    const named = (kind: Look["kind"]) => namesOf(looks.filter((look) => look.kind === kind));
    return {
      read,
      failed: named("failed"),
      unusable: named("unusable"),
      notVisible: named("not-visible"),
      notWanted: named("not-wanted"),
      unchanged: namesOf(looks.filter(({ isUnchanged }) => isUnchanged)),
    };
  }
}

interface Look {
  readonly kind: "seen" | "failed" | "unusable" | "not-visible" | "not-wanted";
  /** The tag is there with the digest it had. */
  readonly isUnchanged?: boolean;
  readonly lookAt?: number | undefined;
}

function lookAgain(outcome: PushOutcome, sinceMs: number, nowMs: number): Look {
  switch (outcome) {
    case "new":
      return { kind: "seen" };
    case "unwanted":
      return { kind: "not-wanted" };
    case "failed":
    case "unusable":
      return { kind: outcome };
    case "missing":
      return { kind: "not-visible", lookAt: nextLook(sinceMs, sinceMs + MISSING_MS, nowMs) };
    case "same-digest":
      if (nowMs >= sinceMs + OLD_DIGEST_MS) return { kind: "seen", isUnchanged: true };
      return { kind: "not-visible", isUnchanged: true, lookAt: nextLook(sinceMs, sinceMs + OLD_DIGEST_MS, nowMs) };
  }
}

/** Undefined once `untilMs` is over; the last look is then. */
function nextLook(sinceMs: number, untilMs: number, nowMs: number): number | undefined {
  if (nowMs >= untilMs) return undefined;
  const planned = LOOKS_AFTER_MS.map((afterMs) => sinceMs + afterMs).find((at) => at > nowMs);
  return Math.min(planned ?? untilMs, untilMs);
}

function earliest(moments: readonly (number | undefined)[]): number | undefined {
  const known = moments.filter((moment) => moment !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** The same tag pushed again is another push. */
function idOf(entry: PushEntry): string {
  return `${entry.token} ${pushName(entry)}`;
}
