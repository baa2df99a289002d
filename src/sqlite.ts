// SQLite with group commit: everything written in one turn of the event loop shares one transaction and one fsync.
// `deliveries` and `localkube` keep their files here; each brings its own schema as a list of migrations.
import { chmodSync, closeSync, copyFileSync, existsSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { InputError } from "./errors.ts";
import { type Checkpointer, startCheckpointer } from "./sqlite-checkpointer.ts";

export interface Database {
  /**
   * Runs `work` in the next group's transaction. Resolves with its result after the group's fsync; rejects with what
   * it threw, its own writes undone and the others' kept. `work` may run twice and must touch nothing but `db`.
   */
  write<T>(work: (db: DatabaseSync) => T): Promise<T>;
  /** The same without the fsync: a crash of the machine may lose it, one of the process does not. */
  writeUnsynced<T>(work: (db: DatabaseSync) => T): Promise<T>;
  /** Reads at once; sees every earlier write, committed or not yet resolved. */
  read<T>(work: (db: DatabaseSync) => T): T;
  /** Waits for the groups under way, then closes the file. Later writes reject. */
  close(): Promise<void>;
}

interface DatabaseOptions {
  /** A file, or ":memory:" for tests. */
  readonly path: string;
  /** `migrations[i]` brings schema version i to i + 1; the list is only ever appended to. */
  readonly migrations: readonly ((db: DatabaseSync) => void)[];
}

const OWNER_ONLY = 0o600;

/** One write waiting for its group. */
interface PendingWrite {
  readonly needsSync: boolean;
  run(db: DatabaseSync): void;
  undo(): void;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Opens the file and brings its schema up to date; an older schema is copied to `<path>.v<N>` first. None but the
 * file's owner may read any of them.
 * Throws `InputError` when a newer version wrote the file.
 */
export function openDatabase({ path, migrations }: DatabaseOptions): Database {
  if (path !== ":memory:") keepToOwner(path);
  const db = new DatabaseSync(path);
  db.exec("PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0");
  migrate(db, path, migrations);
  const checkpointer = path === ":memory:" ? undefined : startCheckpointer(db, path);
  return groupCommit(db, checkpointer);
}

/** Mode 0600 for the file, made when it is not there, and for the log beside it, whose mode SQLite takes from the file. */
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

function groupCommit(db: DatabaseSync, checkpointer: Checkpointer | undefined): Database {
  let group: PendingWrite[] = [];
  let isClosed = false;

  const flush = () => {
    const writes = group;
    group = [];
    commitGroup(db, writes);
    checkpointer?.afterCommit();
  };

  const enqueue = <T>(work: (db: DatabaseSync) => T, needsSync: boolean): Promise<T> => {
    if (isClosed) return Promise.reject(new Error("the database is closed"));
    if (group.length === 0) setImmediate(flush);
    return new Promise((resolve, reject) => group.push({ needsSync, ...pendingWrite(work, resolve, reject) }));
  };

  return {
    write: (work) => enqueue(work, true),
    writeUnsynced: (work) => enqueue(work, false),
    read: (work) => work(db),
    async close() {
      isClosed = true;
      if (group.length > 0) flush();
      await checkpointer?.stop();
      db.close();
    },
  };
}

function pendingWrite<T>(
  work: (db: DatabaseSync) => T,
  resolve: (result: T) => void,
  reject: (error: unknown) => void,
): Omit<PendingWrite, "needsSync"> {
  let outcome: { result: T } | { error: unknown } | undefined;
  return {
    run(db) {
      outcome = { result: work(db) };
    },
    undo() {
      outcome = undefined;
    },
    resolve() {
      if (outcome && "result" in outcome) resolve(outcome.result);
    },
    reject,
  };
}

/** One transaction for all; when one of them throws, nothing of the group stands and each is tried by itself. */
function commitGroup(db: DatabaseSync, writes: readonly PendingWrite[]): void {
  try {
    commitTogether(db, writes);
  } catch (error) {
    if (writes.length === 1) writes[0]?.reject(error);
    else for (const write of writes) commitGroup(db, [write]);
    return;
  }
  for (const write of writes) write.resolve();
}

function commitTogether(db: DatabaseSync, writes: readonly PendingWrite[]): void {
  const needsSync = writes.some((write) => write.needsSync);
  if (!needsSync) db.exec("PRAGMA synchronous=NORMAL");
  try {
    commitAll(db, writes);
  } finally {
    if (!needsSync) db.exec("PRAGMA synchronous=FULL");
  }
}

function commitAll(db: DatabaseSync, writes: readonly PendingWrite[]): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    for (const write of writes) write.run(db);
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    for (const write of writes) write.undo();
    throw error;
  }
}
