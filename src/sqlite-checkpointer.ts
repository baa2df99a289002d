// Moves the write-ahead log into the database file on a thread of its own, so that no commit waits for it.
// `sqlite.ts` starts one for each file.
import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";

export interface Checkpointer {
  /** Called after each commit: asks the thread for a checkpoint once the log has grown, and cuts a log that is too long. */
  afterCommit(): void;
  stop(): Promise<void>;
}

/** Commits between two looks at the log's size. */
const LOOK_EVERY_COMMITS = 64;
/** From here on the thread is asked to move pages. */
const CHECKPOINT_AT_BYTES = 4 * 1024 * 1024;
/** A passive checkpoint cannot shorten a log that never rests; from here on a commit waits for one that does. */
const TRUNCATE_AT_BYTES = 64 * 1024 * 1024;

/** The thread starts with the first log that is long enough: an idle process never pays for it. */
export function startCheckpointer(db: DatabaseSync, path: string): Checkpointer {
  let worker: Worker | undefined;
  let commits = 0;
  let isBusy = false;

  const ask = () => {
    worker ??= startWorker(path, () => {
      isBusy = false;
    });
    isBusy = true;
    worker.postMessage("checkpoint");
  };

  return {
    afterCommit() {
      commits += 1;
      if (commits % LOOK_EVERY_COMMITS !== 0) return;
      const bytes = logBytes(path);
      if (bytes > TRUNCATE_AT_BYTES) db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      else if (bytes > CHECKPOINT_AT_BYTES && !isBusy) ask();
    },
    async stop() {
      await worker?.terminate();
    },
  };
}

function startWorker(path: string, onDone: () => void): Worker {
  const extension = import.meta.url.slice(-3);
  const worker = new Worker(new URL(`./sqlite-checkpoint-thread${extension}`, import.meta.url), { workerData: path });
  worker.unref();
  worker.on("message", onDone);
  return worker;
}

function logBytes(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
