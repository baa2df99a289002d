// Objects and their recent history in SQLite, and the feed of committed changes that watches follow.
import type { DatabaseSync } from "node:sqlite";
import type { ObjectMeta } from "../resources/kube-object.ts";
import { keyOf, type Resource } from "../resources/resource.ts";
import type { Database } from "../sqlite.ts";

/** Any served object, as it is stored and sent. */
export interface StoredObject extends Readonly<Record<string, unknown>> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta & { readonly finalizers?: readonly string[]; readonly generateName?: string };
  readonly spec?: Readonly<Record<string, unknown>> | undefined;
  readonly status?: Readonly<Record<string, unknown>> | undefined;
}

export interface StoredChange {
  readonly plural: string;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly revision: number;
  readonly object: StoredObject;
}

/** What one write may do; every effective one takes the next revision. */
export interface Transaction {
  get(resource: Resource, key: string): StoredObject | undefined;
  list(resource: Resource, namespace?: string): readonly StoredObject[];
  put(resource: Resource, object: StoredObject): StoredObject;
  remove(resource: Resource, object: StoredObject): StoredObject;
}

export interface Store {
  transact<T>(work: (transaction: Transaction) => T): Promise<T>;
  read: Pick<Transaction, "get" | "list">;
  revision(): number;
  /** Changes of a kind after a revision; undefined when history no longer reaches back so far. */
  since(plural: string, revision: number): readonly StoredChange[] | undefined;
  /** Told of every change once it is on disk, in order. Returns how to stop. */
  subscribe(listener: (change: StoredChange) => void): () => void;
}

const HISTORY_LENGTH = 10_000;

export const KUBE_MIGRATIONS: readonly ((db: DatabaseSync) => void)[] = [
  (db) =>
    db.exec(`
      CREATE TABLE revision (one INTEGER PRIMARY KEY CHECK (one = 1), value INTEGER NOT NULL) STRICT;
      INSERT INTO revision VALUES (1, 0);
      CREATE TABLE object (plural TEXT NOT NULL, key TEXT NOT NULL, namespace TEXT NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (plural, key)) STRICT, WITHOUT ROWID;
      CREATE TABLE change (revision INTEGER PRIMARY KEY, plural TEXT NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL) STRICT;
    `),
];

export function openStore(database: Database): Store {
  const listeners = new Set<(change: StoredChange) => void>();
  const statements = database.read(prepare);
  const read = readerOf(statements);
  return {
    read,
    async transact(work) {
      let changes: StoredChange[] = [];
      const result = await database.write(() => {
        changes = [];
        return work(transactionOf(statements, read, changes));
      });
      for (const change of changes) for (const listener of listeners) listener(change);
      return result;
    },
    revision: () => Number(statements.revision.get()?.["value"]),
    since(plural, revision) {
      const oldest = Number(statements.oldest.get()?.["revision"] ?? 0);
      if (revision + 1 < oldest) return undefined;
      return statements.since.all(plural, revision).map((row) => ({
        plural,
        type: String(row["type"]) as StoredChange["type"],
        revision: Number(row["revision"]),
        object: JSON.parse(String(row["body"])) as StoredObject,
      }));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function prepare(db: DatabaseSync) {
  return {
    revision: db.prepare("SELECT value FROM revision"),
    advance: db.prepare("UPDATE revision SET value = value + 1 RETURNING value"),
    get: db.prepare("SELECT body FROM object WHERE plural = ? AND key = ?"),
    list: db.prepare("SELECT body FROM object WHERE plural = ? ORDER BY key"),
    listIn: db.prepare("SELECT body FROM object WHERE plural = ? AND namespace = ? ORDER BY key"),
    put: db.prepare("INSERT OR REPLACE INTO object VALUES (?, ?, ?, ?)"),
    remove: db.prepare("DELETE FROM object WHERE plural = ? AND key = ?"),
    record: db.prepare("INSERT INTO change VALUES (?, ?, ?, ?)"),
    oldest: db.prepare("SELECT revision FROM change ORDER BY revision LIMIT 1"),
    since: db.prepare("SELECT * FROM change WHERE plural = ? AND revision > ? ORDER BY revision"),
    trim: db.prepare("DELETE FROM change WHERE revision <= ?"),
  };
}

type Statements = ReturnType<typeof prepare>;

function readerOf(statements: Statements): Store["read"] {
  const parse = (row: Record<string, unknown>) => JSON.parse(String(row["body"])) as StoredObject;
  return {
    get(resource, key) {
      const row = statements.get.get(resource.plural, key);
      return row && parse(row);
    },
    list: ({ plural }, namespace) =>
      (namespace === undefined ? statements.list.all(plural) : statements.listIn.all(plural, namespace)).map(parse),
  };
}

function transactionOf(statements: Statements, read: Store["read"], changes: StoredChange[]): Transaction {
  const record = (plural: string, type: StoredChange["type"], object: StoredObject) => {
    const revision = Number(statements.advance.get()?.["value"]);
    const stamped = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    statements.record.run(revision, plural, type, JSON.stringify(stamped));
    if (revision % 1_000 === 0) statements.trim.run(revision - HISTORY_LENGTH);
    changes.push({ plural, type, revision, object: stamped });
    return stamped;
  };
  return {
    ...read,
    put({ plural }, object) {
      const key = keyOf(object.metadata);
      const type = statements.get.get(plural, key) ? "MODIFIED" : "ADDED";
      const stamped = record(plural, type, object);
      statements.put.run(plural, key, object.metadata.namespace ?? "", JSON.stringify(stamped));
      return stamped;
    },
    remove({ plural }, object) {
      statements.remove.run(plural, keyOf(object.metadata));
      return record(plural, "DELETED", object);
    },
  };
}
