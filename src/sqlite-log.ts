// The write-ahead log beside a database file: brought to the disk after commits, and emptied into the database before
// it grows too long. Neither holds up the event loop. `sqlite.ts` opens one for each file.
import { close, fdatasync, openSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { startCheckpointer } from "./sqlite-checkpointer.ts";

export interface WriteAheadLog {
  /** Resolves when all that was committed before is on disk. */
  sync(): Promise<void>;
  /** Called after each commit; never throws. */
  afterCommit(): void;
  close(): Promise<void>;
}

/** Of a database in memory. */
export const NO_LOG: WriteAheadLog = { sync: async () => {}, afterCommit: () => {}, close: async () => {} };

/** SQLite keeps the file for as long as the database is open, and holds no locks on it that closing ours would end. */
export function openWriteAheadLog(db: DatabaseSync, path: string): WriteAheadLog {
  const checkpointer = startCheckpointer(db, path);
  const datasync = promisify(fdatasync);
  let file: number | undefined;
  let isSuspect = false;
  return {
    async sync() {
      // After a failed sync the system may forget pages that never reached the disk, and every later commit needs them.
      if (isSuspect) db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      isSuspect = true;
      file ??= openSync(`${path}-wal`, "r+");
      await datasync(file);
      isSuspect = false;
    },
    afterCommit: () => checkpointer.afterCommit(),
    async close() {
      await checkpointer.stop();
      if (file !== undefined) await promisify(close)(file);
    },
  };
}
