// A controller's queue as the process runs it: its backoff, its share for each namespace, its line in the log.
import type { Clock, Random } from "../clock.ts";
import { messageOf } from "../errors.ts";
import { createKeyedQueue, type KeyedQueue, type WorkResult } from "../queue.ts";
import type { Log } from "../telemetry/log.ts";
import type { Instruments } from "./instruments.ts";
import type { Work } from "./work.ts";

interface QueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly running: Work;
  readonly instruments: Instruments;
}

interface ControllerQueue {
  readonly name: string;
  readonly concurrency: number;
  /** Of one namespace; default: half of the places. */
  readonly concurrencyPerNamespace?: number;
  readonly work: (key: string, signal: AbortSignal) => Promise<WorkResult>;
}

const BACKOFF = { baseMs: 100, capMs: 60_000 };

/** Runs until the work ends. */
export function startQueue(
  { clock, random, log, running, instruments }: QueueOptions,
  queue: ControllerQueue,
): KeyedQueue {
  const { name, concurrency, concurrencyPerNamespace = Math.ceil(concurrency / 2), work } = queue;
  const { onBegin, onEnd, onRetry, follow } = instruments.queue(name);
  const started = createKeyedQueue({
    clock,
    random,
    concurrency,
    concurrencyPerNamespace,
    work,
    backoff: BACKOFF,
    onBegin,
    onEnd,
    onError(key, error, _attempt, retryInMs) {
      onRetry();
      log(`${name} ${key}: ${messageOf(error)}; again in ${Math.round(retryInMs)} ms`);
    },
  });
  follow(started, running.signal);
  running.follow(started.run(running.signal));
  return started;
}
