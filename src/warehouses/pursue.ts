// From a Warehouse that a push concerns to a final state: refresh it, and follow its status until that answers.
// `deliveries/dispatch` starts one pursuit for each target; a start takes up what an earlier process left behind.
import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Informer } from "../kube/informer.ts";
import { answeredEntries, readPushes } from "../resources/pushes.ts";
import { keyOf } from "../resources/resource.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import { LOOK_PAUSES_MS } from "./look-pauses.ts";
import { MissedPushes } from "./missed-pushes.ts";
import { type Answers, type Covers, isUnanswered, type Progress, readAnswers } from "./progress.ts";
import type { Refresher } from "./refresh.ts";
import { isFinal, type Target, type TargetState } from "./target.ts";
import { tokenAgeMs } from "./token.ts";

export interface Pursuer {
  /**
   * Works on a target until it is final; `onMove` is told of each change, the last one included, perhaps before this
   * call returns. One with a token is looked at before it is refreshed again.
   */
  pursue(target: Target, onMove: (target: Target) => void): void;
  /** A Warehouse changed; undefined when it was deleted. */
  onWarehouse(key: string, warehouse: Warehouse | undefined): void;
  /** Pursues the entries of our lists that nobody pursues: their record was lost. Call once, when the informer is synced. */
  takeUp(): void;
}

interface PursuerOptions {
  readonly informer: Informer<Warehouse>;
  readonly refresher: Refresher;
  readonly replica: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A target is pursued for so long, in running time. */
const PURSUE_FOR_MS = 24 * 60 * 60_000;
/** How often it is looked which were pursued, or stayed invisible, for too long. */
const GIVE_UP_EVERY_MS = 15_000;
const NEVER_SHOWN = "the registry did not show the tag for 15 minutes";
const NEVER_ANSWERED = "it stayed unanswered for a day";
const DELETED = "the Warehouse was deleted";

interface Pursuit {
  readonly key: string;
  /** Monotonic milliseconds: now, less what earlier processes spent. */
  readonly startedAt: number;
  /** The same for its being not visible; undefined until it first is. */
  notVisibleSince: number | undefined;
  readonly onMove: (target: Target) => void;
  target: Target;
  /** A patch is being written, or will be after a pause: until then the object says nothing new. */
  isRefreshing: boolean;
}

/** The open pursuits of one Warehouse. */
interface Followed {
  readonly pursuits: Set<Pursuit>;
  /** How many of them wait for each token. */
  readonly tokens: Map<string, number>;
  /** Those that were not judged since their refresh: the object was older. */
  readonly unjudged: Set<Pursuit>;
  /** The state by which all the others were judged. */
  judgedBy: Warehouse | undefined;
}

export function createPursuer(options: PursuerOptions): Pursuer {
  return new Pursuits(options);
}

class Pursuits implements Pursuer {
  readonly #options: PursuerOptions;
  /** By Warehouse key. */
  readonly #open = new Map<string, Followed>();
  /** Read once for each state: many pursuits ask. */
  readonly #answers = new WeakMap<Warehouse, Answers>();
  readonly #missed: MissedPushes<Pursuit>;
  #givingUp: Promise<void> | undefined;

  constructor(options: PursuerOptions) {
    this.#options = options;
    this.#missed = new MissedPushes({ ...options, askAgain: (pursuit) => void this.#refresh(pursuit) });
  }

  pursue(target: Target, onMove: (target: Target) => void): void {
    const key = keyOf(target);
    const nowMs = this.#options.clock.monotonicMs();
    const startedAt = nowMs - target.activeMs;
    const notVisibleSince = target.notVisibleMs === undefined ? undefined : nowMs - target.notVisibleMs;
    const pursuit: Pursuit = { key, startedAt, notVisibleSince, onMove, target, isRefreshing: false };
    const followed = this.#open.get(key) ?? newFollowed();
    this.#open.set(key, followed);
    followed.pursuits.add(pursuit);
    countToken(followed, target.token, 1);
    this.#givingUp ??= this.#giveUpInTime();
    if (target.token === undefined) void this.#refresh(pursuit);
    else this.#lookFirst(pursuit);
  }

  onWarehouse(key: string, warehouse: Warehouse | undefined): void {
    const followed = this.#open.get(key);
    if (!followed) return;
    const isNews = !warehouse || this.#isNews(key, warehouse, followed.judgedBy);
    const concerned = [...(isNews ? followed.pursuits : followed.unjudged)];
    if (isNews && warehouse && this.#options.refresher.isCurrent(key, warehouse)) followed.judgedBy = warehouse;
    for (const pursuit of concerned) this.#look(pursuit, warehouse);
  }

  takeUp(): void {
    const { informer, replica, clock } = this.#options;
    for (const warehouse of informer.values()) {
      const entries = readPushes(warehouse).get(replica) ?? [];
      const { done, invisible } = answeredEntries(warehouse, replica, entries);
      const key = keyOf(warehouse.metadata);
      const followed = entries.filter(({ token }) => this.#isFollowed(key, token));
      for (const entry of entries) {
        if (done.has(entry) || followed.includes(entry)) continue;
        const push = "tag" in entry ? entry : { repoURL: "", tag: "" };
        // One that stayed invisible for long enough is given up at once.
        const notVisibleMs = invisible.has(entry) ? tokenAgeMs(entry.token, clock) : undefined;
        const target = leftBehind(warehouse, { ...push, token: entry.token, notVisibleMs });
        this.pursue(target, () => undefined);
      }
    }
  }

  /** Whether it can tell more than an earlier state: our own patches, and another replica's, come by the thousand. */
  #isNews(key: string, warehouse: Warehouse, before: Warehouse | undefined): boolean {
    return !before || !this.#options.refresher.isListAsWritten(key, warehouse) || !isUnanswered(before, warehouse);
  }

  #isFollowed(key: string, token: string): boolean {
    return this.#open.get(key)?.tokens.has(token) ?? false;
  }

  async #refresh(pursuit: Pursuit): Promise<void> {
    const { refresher } = this.#options;
    const { key, startedAt } = pursuit;
    const { namespace, name, uid, repoURL, tag, attempt } = pursuit.target;
    const untilMs = startedAt + PURSUE_FOR_MS;
    const onFailure = (error: unknown) => this.#move(pursuit, "retrying", messageOf(error));
    pursuit.isRefreshing = true;
    try {
      const isFollowed = (token: string) => this.#isFollowed(key, token);
      const request = { key, namespace, name, repoURL, tag, untilMs, onFailure, isFollowed };
      const refreshed = await refresher.refresh(request);
      pursuit.isRefreshing = false;
      if (refreshed.kind === "gone" || refreshed.uid !== uid) {
        this.#move(pursuit, "gone", DELETED);
        return;
      }
      this.#move(pursuit, "refreshed", "", { token: refreshed.token, attempt: attempt + 1 });
      // Its controller may have answered before the answer to the patch reached us.
      this.#lookFirst(pursuit);
    } catch (error) {
      this.#move(pursuit, "failed", messageOf(error));
    }
  }

  #lookFirst(pursuit: Pursuit): void {
    const followed = this.#open.get(pursuit.key);
    if (!followed?.pursuits.has(pursuit)) return;
    followed.unjudged.add(pursuit);
    this.#look(pursuit, this.#options.informer.get(pursuit.key));
  }

  #look(pursuit: Pursuit, warehouse: Warehouse | undefined): void {
    const { key, target } = pursuit;
    if (warehouse?.metadata.uid !== target.uid) {
      this.#move(pursuit, "gone", DELETED);
      return;
    }
    if (pursuit.isRefreshing || !this.#options.refresher.isCurrent(key, warehouse)) return;
    this.#open.get(key)?.unjudged.delete(pursuit);
    const push = { token: target.token ?? "", repoURL: target.repoURL, tag: target.tag };
    const said = this.#answersOf(key, warehouse);
    if (this.#missed.isWaiting(key, pursuit)) {
      // Its refresh was answered already; until it is asked for again only its artifact can tell more.
      if (said.isDiscovered(push)) this.#move(pursuit, "discovered", "");
      return;
    }
    const progress = said.progressOf(push);
    if (progress.kind === "waiting") return;
    if (isFailedBefore(target, progress)) return void this.#refresh(pursuit);
    if (progress.kind === "not-found") this.#missed.add(key, pursuit);
    this.#move(pursuit, stateOf(progress), progress.reason);
    if (progress.kind === "refresh-again") void this.#refresh(pursuit);
    if (progress.kind === "discovery-failed") void this.#refreshLater(pursuit);
  }

  #answersOf(key: string, warehouse: Warehouse): Answers {
    const { refresher, replica } = this.#options;
    const known = this.#answers.get(warehouse);
    if (known) return known;
    const covers: Covers = (entryToken, token) => refresher.covers(key, entryToken, token);
    const answers = readAnswers(warehouse, replica, covers);
    this.#answers.set(warehouse, answers);
    return answers;
  }

  #move(pursuit: Pursuit, state: TargetState, reason: string, changes: Partial<Target> = {}): void {
    const { target, onMove } = pursuit;
    const followed = this.#open.get(pursuit.key);
    if (!followed?.pursuits.has(pursuit)) return;
    if (target.state === state && target.reason === reason && changes.token === undefined) return;
    const nowMs = this.#options.clock.monotonicMs();
    if (state === "not-visible") pursuit.notVisibleSince ??= nowMs;
    pursuit.target = { ...target, ...changes, state, reason, ...timesOf(pursuit, nowMs) };
    if (changes.token !== undefined) {
      countToken(followed, target.token, -1);
      countToken(followed, changes.token, 1);
    }
    if (isFinal(pursuit.target)) this.#close(pursuit);
    onMove(pursuit.target);
  }

  /** The more often it failed, the later. */
  async #refreshLater(pursuit: Pursuit): Promise<void> {
    const { clock, signal } = this.#options;
    const { attempt } = pursuit.target;
    pursuit.isRefreshing = true;
    await clock.sleep(LOOK_PAUSES_MS[Math.min(attempt, LOOK_PAUSES_MS.length) - 1] ?? 0, signal);
    if (!signal.aborted && !isFinal(pursuit.target)) await this.#refresh(pursuit);
  }

  /** One timer for all of them: a burst leaves thousands. */
  async #giveUpInTime(): Promise<void> {
    const { clock, signal } = this.#options;
    while (this.#open.size > 0) {
      await clock.sleep(GIVE_UP_EVERY_MS, signal);
      if (signal.aborted) return;
      const nowMs = clock.monotonicMs();
      for (const { pursuits } of this.#open.values()) for (const pursuit of pursuits) this.#giveUp(pursuit, nowMs);
    }
    this.#givingUp = undefined;
  }

  #giveUp(pursuit: Pursuit, nowMs: number): void {
    const { state, reason } = pursuit.target;
    const { activeMs, notVisibleMs } = timesOf(pursuit, nowMs);
    // Its controller stops looking without a further word.
    if (isFinal({ state, notVisibleMs })) {
      this.#move(pursuit, "not-visible", NEVER_SHOWN);
    } else if (activeMs >= PURSUE_FOR_MS) {
      this.#move(pursuit, "failed", reason || NEVER_ANSWERED);
    }
  }

  #close(pursuit: Pursuit): void {
    const { key, target } = pursuit;
    const followed = this.#open.get(key);
    followed?.pursuits.delete(pursuit);
    followed?.unjudged.delete(pursuit);
    if (followed) countToken(followed, target.token, -1);
    this.#missed.close(key, pursuit, target.state !== "not-visible");
    if (followed?.pursuits.size !== 0) return;
    this.#open.delete(key);
    this.#options.refresher.forget(key);
  }
}

function newFollowed(): Followed {
  return { pursuits: new Set(), tokens: new Map(), unjudged: new Set(), judgedBy: undefined };
}

function countToken({ tokens }: Followed, token: string | undefined, by: 1 | -1): void {
  if (token === undefined) return;
  const count = (tokens.get(token) ?? 0) + by;
  if (count > 0) tokens.set(token, count);
  else tokens.delete(token);
}

/** What earlier processes spent on it, and this one. */
function timesOf({ startedAt, notVisibleSince }: Pursuit, nowMs: number): Pick<Target, "activeMs" | "notVisibleMs"> {
  return {
    activeMs: nowMs - startedAt,
    ...(notVisibleSince !== undefined && { notVisibleMs: nowMs - notVisibleSince }),
  };
}

/** What an earlier process knew of a failed discovery, the object does not show any more. */
function isFailedBefore({ state }: Target, { kind }: Progress): boolean {
  return state === "retrying" && kind === "handled";
}

function stateOf({ kind }: Exclude<Progress, { kind: "waiting" }>): TargetState {
  if (kind === "not-found") return "not-visible";
  if (kind === "discovery-failed") return "retrying";
  return kind === "refresh-again" ? "pending" : kind;
}

function leftBehind(
  { metadata }: Warehouse,
  known: Pick<Target, "repoURL" | "tag" | "token" | "notVisibleMs">,
): Target {
  const { namespace = "", name, uid = "" } = metadata;
  const rule = "it was asked for by an earlier process";
  return { ...known, namespace, name, uid, rule, state: "refreshed", attempt: 1, activeMs: 0, reason: "" };
}
