// The write-ahead log beside a database file: brought to the disk after commits, and emptied into the database before
// it grows too long. Neither holds up the event loop. `sqlite.ts` opens one for each file.
import { close, fdatasync, fstatSync, openSync, type Stats, statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { startCheckpointer } from "./sqlite-checkpointer.ts";

export interface WriteAheadLog {
  /** Resolves when all that was committed before is on disk, where whoever opens the path next finds it. */
  sync(): Promise<void>;
  /** Throws when the database or its log is not at its path any more. */
  checkPlace(): void;
  /** Called after each commit; never throws. */
  afterCommit(): void;
  close(): Promise<void>;
}

/** Of a database in memory. */
export const NO_LOG: WriteAheadLog = {
  sync: async () => {},
  checkPlace: () => {},
  afterCommit: () => {},
  close: async () => {},
};

/** SQLite keeps the file for as long as the database is open, and holds no locks on it that closing ours would end. */
export function openWriteAheadLog(db: DatabaseSync, path: string): WriteAheadLog {
  const checkpointer = startCheckpointer(db, path);
  const datasync = promisify(fdatasync);
  const opened = statSync(path);
  let file: number | undefined;
  let openedLog: Stats | undefined;
  let isSuspect = false;
  const checkPlace = () => {
    if (!isAt(path, opened) || (openedLog && !isAt(`${path}-wal`, openedLog))) {
      throw new Error("it is not at its path any more: put it back, or start Dockbell again");
    }
  };
  return {
    checkPlace,
    async sync() {
      // After a failed sync the system may forget pages that never reached the disk, and every later commit needs them.
      if (isSuspect) db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      isSuspect = true;
      file ??= openSync(`${path}-wal`, "r+");
      openedLog ??= fstatSync(file);
      await datasync(file);
      isSuspect = false;
      checkPlace();
    },
    afterCommit: () => checkpointer.afterCommit(),
    async close() {
      await checkpointer.stop();
      if (file !== undefined) await promisify(close)(file);
    },
  };
}

function isAt(path: string, { dev, ino }: Stats): boolean {
  const present = statSync(path, { throwIfNoEntry: false });
  return present?.dev === dev && present.ino === ino;
}
