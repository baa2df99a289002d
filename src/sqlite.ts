// SQLite with group commit: what is written while the group before reaches the disk shares a transaction and an fsync.
// `deliveries` and `localkube` keep their files here; each brings its own schema as a list of migrations.
import { chmodSync, closeSync, copyFileSync, existsSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { InputError, type StorageError } from "./errors.ts";
import { NO_LOG, openWriteAheadLog, type WriteAheadLog } from "./sqlite-log.ts";
import { isStorageFault, Writability, type WriteObserver } from "./sqlite-writability.ts";

export interface Database {
  /**
   * Runs `work` in the next group's transaction. Resolves with its result after the group's fsync; rejects with what
   * it threw, its own writes undone and the others' kept, or with what kept the group from the disk: its writes may
   * stand then, where the fsync failed. `work` may run twice and must touch nothing but `db`.
   */
  write<T>(work: (db: DatabaseSync) => T): Promise<T>;
  /**
   * The same without the fsync, as long as no fault is known: a crash of the machine may lose it, one of the process
   * does not.
   */
  writeUnsynced<T>(work: (db: DatabaseSync) => T): Promise<T>;
  /** Reads at once; sees every earlier write, committed or not yet resolved. */
  read<T>(work: (db: DatabaseSync) => T): T;
  /**
   * What keeps writes from the disk, undefined while nothing is known to. Where something does, asking tries a write,
   * so that asking again finds out when they can be made.
   */
  fault(): StorageError | undefined;
  /** Waits for the groups under way, then closes the file. Later writes reject. */
  close(): Promise<void>;
}

interface DatabaseOptions {
  /** A file, or ":memory:" for what need not outlive the process. */
  readonly path: string;
  /** `migrations[i]` brings schema version i to i + 1; the list is only ever appended to. */
  readonly migrations: readonly ((db: DatabaseSync) => void)[];
  readonly observer?: WriteObserver | undefined;
}

const OWNER_ONLY = 0o600;

/** One write waiting for its group. */
interface PendingWrite {
  readonly work: (db: DatabaseSync) => unknown;
  readonly needsSync: boolean;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  result: unknown;
}

/**
 * Opens the file and brings its schema up to date; an older schema is copied to `<path>.v<N>` first. None but the
 * file's owner may read any of them.
 * Throws `InputError` when a newer version wrote the file.
 */
export function openDatabase({ path, migrations, observer }: DatabaseOptions): Database {
  if (path !== ":memory:") keepToOwner(path);
  const db = new DatabaseSync(path);
  // A commit reaches the disk by the log's sync, which `synchronous=FULL` would do within it, on this thread.
  db.exec("PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0");
  migrate(db, path, migrations);
  const log = path === ":memory:" ? NO_LOG : openWriteAheadLog(db, path);
  return new GroupCommit(db, log, new Writability(path, observer));
}

/** Mode 0600 for the file, made when it is not there, and the log beside it, whose mode SQLite takes from the file. */
export function keepToOwner(path: string): void {
  // Never opened when it is there: closing it would give up the locks that this process has on it.
  if (!existsSync(path)) closeSync(openSync(path, "wx", OWNER_ONLY));
  for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) chmodSync(file, OWNER_ONLY);
}

function migrate(db: DatabaseSync, path: string, migrations: DatabaseOptions["migrations"]): void {
  const version = Number(db.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
  if (version > migrations.length) {
    db.close();
    throw new InputError(
      `${path} was written by a newer Dockbell (schema ${version}, this one knows ${migrations.length}): upgrade, or choose another data directory`,
    );
  }
  if (version > 0 && version < migrations.length) {
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    copyFileSync(path, `${path}.v${version}`);
    chmodSync(`${path}.v${version}`, OWNER_ONLY);
  }
  for (let next = version; next < migrations.length; next++) {
    db.exec("BEGIN IMMEDIATE");
    migrations[next]?.(db);
    db.exec(`PRAGMA user_version=${next + 1}; COMMIT`);
  }
}

/**
 * One group at a time: what arrives while its log reaches the disk is the next group, so that a slow disk makes larger
 * groups. The event loop never waits for the disk.
 */
class GroupCommit implements Database {
  readonly #db: DatabaseSync;
  readonly #log: WriteAheadLog;
  readonly #writability: Writability;
  #group: PendingWrite[] = [];
  /** Ends when there is nothing left to write. */
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(db: DatabaseSync, log: WriteAheadLog, writability: Writability) {
    this.#db = db;
    this.#log = log;
    this.#writability = writability;
  }

  write<T>(work: (db: DatabaseSync) => T): Promise<T> {
    return this.#enqueue(work, true);
  }

  writeUnsynced<T>(work: (db: DatabaseSync) => T): Promise<T> {
    return this.#enqueue(work, false);
  }

  read<T>(work: (db: DatabaseSync) => T): T {
    return work(this.#db);
  }

  fault(): StorageError | undefined {
    try {
      this.#log.checkPlace();
    } catch (error) {
      this.#writability.failed(error);
    }
    return this.#writability.faultAfterTrying(() => this.write(writeSomething));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
    await this.#log.close();
    this.#db.close();
  }

  #enqueue<T>(work: (db: DatabaseSync) => T, needsSync: boolean): Promise<T> {
    if (this.#isClosed) return Promise.reject(new Error("the database is closed"));
    this.#running ??= this.#run();
    return new Promise((resolve, reject) => {
      this.#group.push({ work, needsSync, resolve: resolve as PendingWrite["resolve"], reject, result: undefined });
    });
  }

  async #run(): Promise<void> {
    do {
      await new Promise<void>((resolve) => setImmediate(resolve));
      const writes = this.#group;
      this.#group = [];
      await this.#commit(writes);
    } while (this.#group.length > 0);
    this.#running = undefined;
  }

  async #commit(writes: readonly PendingWrite[]): Promise<void> {
    // A fault is only known to be over by what reached the disk.
    const needsSync = this.#writability.isFaulty || writes.some((write) => write.needsSync);
    let pending = writes;
    try {
      // What is refused because the file is gone must not stand in it.
      if (needsSync) this.#log.checkPlace();
      pending = this.#commitGroup(writes);
      if (needsSync && pending.length > 0) {
        await this.#log.sync();
        this.#writability.wrote();
      }
      for (const { resolve, result } of pending) resolve(result);
    } catch (error) {
      const fault = this.#writability.failed(error);
      for (const { reject } of pending) reject(fault);
    }
    this.#log.afterCommit();
  }

  /** One transaction for all; when one of them throws, nothing of the group stands and each is tried by itself. */
  #commitGroup(writes: readonly PendingWrite[]): readonly PendingWrite[] {
    try {
      commitAll(this.#db, writes);
      return writes;
    } catch (error) {
      if (writes.length > 1) return writes.flatMap((write) => this.#commitGroup([write]));
      writes[0]?.reject(isStorageFault(error) ? this.#writability.failed(error) : error);
      return [];
    }
  }
}

function commitAll(db: DatabaseSync, writes: readonly PendingWrite[]): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    for (const write of writes) write.result = write.work(db);
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** The page of the schema's version is written even where it stays the same. */
function writeSomething(db: DatabaseSync): void {
  const version = Number(db.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
  db.exec(`PRAGMA user_version=${version}`);
}
