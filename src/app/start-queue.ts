// A controller's queue as the process runs it: its backoff, its share for each namespace, its line in the log.
import { aborted, type Clock, type Random } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Informer } from "../kube/informer.ts";
import { createKeyedQueue, type KeyedQueue, type WorkResult } from "../queue.ts";
import type { Log } from "../telemetry/log.ts";
import { isCommon, type Troubles } from "../telemetry/troubles.ts";
import type { Instruments } from "./instruments.ts";
import type { Work } from "./work.ts";

interface QueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly troubles: Troubles;
  readonly running: Work;
  readonly instruments: Instruments;
}

interface ControllerQueue {
  readonly name: string;
  /** What its keys stand for, in words for a line. */
  readonly kinds: string;
  readonly concurrency: number;
  /** Of one namespace; default: half of the places. */
  readonly concurrencyPerNamespace?: number;
  /** Until they are listed, what is missing may only not be known yet: no key has its turn before. */
  readonly needs?: readonly Informer<unknown>[];
  readonly work: (key: string, signal: AbortSignal) => Promise<WorkResult>;
}

const BACKOFF = { baseMs: 100, capMs: 60_000 };

/** Runs until the work ends. */
export function startQueue(options: QueueOptions, queue: ControllerQueue): KeyedQueue {
  const { clock, random, log, running, instruments } = options;
  const { name, concurrency, concurrencyPerNamespace = Math.ceil(concurrency / 2), needs = [] } = queue;
  const { onBegin, onEnd, onRetry, follow } = instruments.queue(name);
  const started = createKeyedQueue({
    clock,
    random,
    concurrency,
    concurrencyPerNamespace,
    work: toldWork(options, queue),
    backoff: BACKOFF,
    onBegin,
    onEnd,
    onError(key, error, _attempt, retryInMs) {
      onRetry();
      if (!isCommon(error)) log(`${name} ${key}: ${messageOf(error)}; again in ${Math.round(retryInMs)} ms`);
    },
  });
  follow(started, running.signal);
  const listed = Promise.all(needs.map(({ synced }) => synced));
  running.follow(Promise.race([listed, aborted(running.signal)]).then(() => started.run(running.signal)));
  return started;
}

/** What fails for all keys alike is told of once, and once more when it does no longer. */
function toldWork(
  { troubles, running }: QueueOptions,
  { name, kinds, work }: ControllerQueue,
): ControllerQueue["work"] {
  const failing = new Set<string>();
  const attemptOf = (key: string) => ({ what: `reconciling ${kinds}`, subject: `${name} ${key}` });
  // Not every pass asks the API, but one that failed by it does.
  const end = (key: string) => failing.delete(key) && troubles.worked(attemptOf(key));
  running.signal.addEventListener("abort", () => {
    for (const key of failing) troubles.ended(attemptOf(key));
  });
  return async (key, signal) => {
    try {
      const result = await work(key, signal);
      end(key);
      return result;
    } catch (error) {
      if (!isCommon(error)) end(key);
      else if (!signal.aborted) {
        failing.add(key);
        troubles.failed(attemptOf(key), error);
      }
      throw error;
    }
  };
}
