// Whether a database file can be written: a process whose disk is full, or whose files are gone, is of no use until
// that is over. `sqlite.ts` has one for each file.
import { StorageError } from "./errors.ts";
import { SQLITE, sqliteCodeOf } from "./sqlite-codes.ts";

/** Told of each write that the disk refused, and of each that reached it. */
export interface WriteObserver {
  failed(fault: StorageError): void;
  wrote(): void;
}

const STORAGE_CODES: readonly unknown[] = [
  SQLITE.readOnly,
  SQLITE.ioError,
  SQLITE.corrupt,
  SQLITE.full,
  SQLITE.cannotOpen,
  SQLITE.notDatabase,
];

/** Whether what SQLite threw is about the file and not about what was to be written. */
export function isStorageFault(error: unknown): boolean {
  return STORAGE_CODES.includes(sqliteCodeOf(error));
}

export class Writability {
  readonly #path: string;
  readonly #observer: WriteObserver | undefined;
  #fault: StorageError | undefined;
  #isTrying = false;

  constructor(path: string, observer: WriteObserver | undefined) {
    this.#path = path;
    this.#observer = observer;
  }

  /** Whether a fault is known that no write has ended since. */
  get isFaulty(): boolean {
    return this.#fault !== undefined;
  }

  /** A write reached the disk. */
  wrote(): void {
    this.#fault = undefined;
    this.#observer?.wrote();
  }

  /** One did not, or will not; returns what to say of it. */
  failed(error: unknown): StorageError {
    this.#fault = new StorageError(this.#path, error);
    this.#observer?.failed(this.#fault);
    return this.#fault;
  }

  /** What the latest write met. Where that is a fault, another write is tried, for the next question. */
  faultAfterTrying(write: () => Promise<void>): StorageError | undefined {
    if (this.#fault && !this.#isTrying) void this.#try(write);
    return this.#fault;
  }

  async #try(write: () => Promise<void>): Promise<void> {
    this.#isTrying = true;
    // It tells of its outcome here.
    await write().catch(() => undefined);
    this.#isTrying = false;
  }
}
