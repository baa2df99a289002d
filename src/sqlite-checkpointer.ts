// Moves the write-ahead log into the database file on a thread of its own, so that no commit waits for it.
// `sqlite.ts` starts one for each file.
import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";

export interface Checkpointer {
  /**
   * Called after each commit: asks the thread for a checkpoint once the log has grown, and cuts a log that is too long.
   * Never throws: a checkpoint that fails costs nothing but room, and is tried again some commits later.
   */
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

  const onDone = () => {
    isBusy = false;
  };
  const onEnd = () => {
    worker = undefined;
    isBusy = false;
  };
  const ask = () => {
    worker ??= startWorker(path, onDone, onEnd);
    isBusy = true;
    worker.postMessage("checkpoint");
  };
  const look = () => {
    const bytes = logBytes(path);
    if (bytes > TRUNCATE_AT_BYTES) db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    else if (bytes > CHECKPOINT_AT_BYTES && !isBusy) ask();
  };

  return {
    afterCommit() {
      commits += 1;
      if (commits % LOOK_EVERY_COMMITS !== 0) return;
      try {
        look();
      } catch {
        // What was committed stands; a full disk speaks up at the next write.
      }
    },
    async stop() {
      await worker?.terminate();
    },
  };
}

/** A thread that fails ends: `onEnd` follows. */
function startWorker(path: string, onDone: () => void, onEnd: () => void): Worker {
  const extension = import.meta.url.slice(-3);
  const worker = new Worker(new URL(`./sqlite-checkpoint-thread${extension}`, import.meta.url), { workerData: path });
  worker.unref();
  worker.on("message", onDone);
  // Without a listener the error would end the process.
  worker.on("error", () => undefined);
  worker.on("exit", onEnd);
  return worker;
}

function logBytes(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
