// What wakes a watch that has sent everything: a change of its kind, a bookmark that is due, its time limit, its end.
import type { Clock, Random } from "../clock.ts";
import type { Resource } from "../resources/resource.ts";
import type { Store } from "./store.ts";

interface WatchAlarmOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly resource: Resource;
  readonly timeoutSeconds: number | undefined;
  readonly wantsBookmarks: boolean;
  readonly bookmarkEveryMs: number;
  readonly signal: AbortSignal;
}

/** Clients that name no limit come again at different times. */
const MIN_DEFAULT_TIMEOUT_SECONDS = 1_800;

export class WatchAlarm {
  readonly #stopped = new AbortController();
  readonly #ended: AbortSignal;
  readonly #unsubscribe: () => void;
  #isTimedOut = false;
  #isBookmarkDue = false;
  #isRung = false;
  #wake: () => void = () => {};

  constructor(options: WatchAlarmOptions) {
    const { store, resource, signal, wantsBookmarks } = options;
    this.#ended = AbortSignal.any([signal, this.#stopped.signal]);
    this.#ended.addEventListener("abort", () => this.#ring(), { once: true });
    this.#unsubscribe = store.subscribe(({ plural }) => {
      if (plural === resource.plural) this.#ring();
    });
    void this.#limitTime(options);
    if (wantsBookmarks) void this.#remindOfBookmarks(options);
  }

  isOver(): boolean {
    return this.#isTimedOut || this.#ended.aborted;
  }

  /** True once for each that is due. */
  takeBookmark(): boolean {
    const isDue = this.#isBookmarkDue;
    this.#isBookmarkDue = false;
    return isDue;
  }

  /** Resolves when something happened since the last call. */
  async next(): Promise<void> {
    if (!this.#isRung && !this.isOver()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#isRung = false;
  }

  stop(): void {
    this.#unsubscribe();
    this.#stopped.abort();
  }

  #ring(): void {
    this.#isRung = true;
    this.#wake();
  }

  async #limitTime({ clock, random, timeoutSeconds }: WatchAlarmOptions): Promise<void> {
    const seconds = timeoutSeconds ?? MIN_DEFAULT_TIMEOUT_SECONDS * (1 + random.fraction());
    await clock.sleep(seconds * 1000, this.#ended);
    this.#isTimedOut = true;
    this.#ring();
  }

  async #remindOfBookmarks({ clock, bookmarkEveryMs }: WatchAlarmOptions): Promise<void> {
    while (!this.#ended.aborted) {
      await clock.sleep(bookmarkEveryMs, this.#ended);
      this.#isBookmarkDue = true;
      this.#ring();
    }
  }
}
