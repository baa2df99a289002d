// What runs in this process until it is told to stop: queues, informers. Whoever closes what they use waits for them.
import type { Clock } from "../clock.ts";

export interface Work {
  /** Aborts when the work is to end. */
  readonly signal: AbortSignal;
  /** `running` must settle soon after the signal aborts. */
  follow(running: Promise<unknown>): void;
  /** Aborts the signal; resolves when all that is followed has settled, after `withinMs` at the latest. */
  end(withinMs: number): Promise<void>;
}

export function beginWork(clock: Clock): Work {
  const stop = new AbortController();
  const followed: Promise<unknown>[] = [];
  return {
    signal: stop.signal,
    follow: (running) => void followed.push(running),
    async end(withinMs) {
      stop.abort();
      const ended = new AbortController();
      const all = Promise.allSettled(followed).then(() => ended.abort());
      await Promise.race([all, clock.sleep(withinMs, ended.signal)]);
    },
  };
}
