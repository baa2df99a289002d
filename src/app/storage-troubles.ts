// The files that cannot be written: one line when a file's trouble begins, and one when it is over.
import type { Clock } from "../clock.ts";
import { StorageError } from "../errors.ts";
import type { WriteObserver } from "../sqlite-writability.ts";
import type { Log } from "../telemetry/log.ts";
import { createTroubles } from "../telemetry/troubles.ts";

export interface StorageTroubles {
  /** For the database that is at that path. */
  of(path: string): WriteObserver;
  /** Nothing is told from then on. */
  end(): void;
}

/** Apart from the troubles with the API, which an answer of a disk does not end. */
export function createStorageTroubles(clock: Clock, log: Log): StorageTroubles {
  const ended = new AbortController();
  const troubles = createTroubles({ clock, log, signal: ended.signal, meanwhile: () => "" });
  return {
    of(path) {
      const attempt = { what: `writing ${path}`, subject: path };
      return {
        failed: ({ cause }) => troubles.failed(attempt, cause),
        wrote: () => troubles.worked(attempt),
      };
    },
    end: () => ended.abort(),
  };
}

/** What goes wrong within, with where; storage tells of itself. */
export function internalErrors(log: Log): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof StorageError)) log(`internal error: ${error instanceof Error ? error.stack : error}`);
  };
}
