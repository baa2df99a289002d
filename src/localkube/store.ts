// Objects and their recent history in SQLite, and the feed of committed changes that watches follow.
import type { ObjectMeta } from "../resources/kube-object.ts";
import { keyOf, type Resource } from "../resources/resource.ts";
import type { Database } from "../sqlite.ts";
import { prepareStatements, type Statements } from "./store-schema.ts";

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly blockOwnerDeletion?: boolean;
}

/** Any served object, as it is stored and sent. */
export interface StoredObject extends Readonly<Record<string, unknown>> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta & {
    readonly finalizers?: readonly string[];
    readonly generateName?: string;
    readonly ownerReferences?: readonly OwnerReference[];
    readonly deletionGracePeriodSeconds?: number;
  };
  readonly spec?: Readonly<Record<string, unknown>> | undefined;
  readonly status?: Readonly<Record<string, unknown>> | undefined;
}

export interface StoredChange {
  readonly plural: string;
  readonly key: string;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly revision: number;
  /** After a deletion, the last state with the deletion's revision. */
  readonly object: StoredObject;
  readonly previous: StoredObject | undefined;
  readonly bytes: number;
}

/** The objects of a kind in byte order of their keys (`namespace/name`); every field narrows. */
export interface Range {
  readonly namespace?: string | undefined;
  /** Only keys behind this one. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
  /** As things stood at that revision, which must not be compacted; absent: the present. */
  readonly at?: number | undefined;
}

export interface Reads {
  get(resource: Resource, key: string): StoredObject | undefined;
  list(resource: Resource, range?: Range): readonly StoredObject[];
  count(resource: Resource, range: Range & { readonly at: number }): number;
  /** The objects that name an owner's uid; of everyone who names any, when none is given. */
  dependents(ownerUid?: string): readonly { readonly plural: string; readonly key: string }[];
}

/** What one write may do; every effective one takes the next revision. */
export interface Transaction extends Reads {
  put(resource: Resource, object: StoredObject): StoredObject;
  /** Records `object` as the last state. */
  remove(resource: Resource, object: StoredObject): StoredObject;
}

export interface Store {
  transact<T>(work: (transaction: Transaction) => T): Promise<T>;
  readonly read: Reads;
  revision(): number;
  /** The past reaches back to this revision. */
  compacted(): number;
  /** Up to `limit` changes of a kind after a revision; undefined when that is compacted. */
  since(plural: string, revision: number, limit: number): ChangesSince | undefined;
  /** Told of every change once it is on disk, in order. Returns how to stop. */
  subscribe(listener: (change: StoredChange) => void): () => void;
}

interface ChangesSince {
  /** Oldest first. */
  readonly changes: readonly StoredChange[];
  /** They are all there is up to this revision. */
  readonly through: number;
}

interface StoreOptions {
  /** What is superseded is forgotten beyond so many versions or bytes, oldest first. */
  readonly maxHistory?: number;
  readonly maxHistoryBytes?: number;
}

const DEFAULT_MAX_HISTORY = 10_000;
const DEFAULT_MAX_HISTORY_BYTES = 64 * 1024 * 1024;
/** Compaction reads the whole history's index: not on every write. */
const COMPACT_EVERY = 500;
/** What most watches ask for is still in memory. */
const MAX_RECENT_BYTES = 2 * 1024 * 1024;

export function openStore(database: Database, options: StoreOptions = {}): Store {
  const listeners = new Set<(change: StoredChange) => void>();
  const statements = database.read(prepareStatements);
  const read = readerOf(statements);
  const recent = new RecentChanges();
  const currentRevision = () => Number(statements.revision.get()?.["value"]);
  const compacted = () => Number(statements.revision.get()?.["compacted"]);
  return {
    read,
    async transact(work) {
      let changes: StoredChange[] = [];
      const result = await database.write(() => {
        changes = [];
        return work(transactionOf(statements, read, { changes, ...options }));
      });
      for (const change of changes) {
        recent.add(change);
        for (const listener of listeners) listener(change);
      }
      return result;
    },
    revision: currentRevision,
    compacted,
    since(plural, revision, limit) {
      const known = recent.since(plural, revision, limit);
      if (known) return known;
      if (revision < compacted()) return undefined;
      const changes = statements.since.all(revision, plural, limit).map((row) => changeOf(plural, row));
      const isAll = changes.length < limit;
      return {
        changes,
        through: isAll ? Math.max(revision, currentRevision()) : (changes.at(-1)?.revision ?? revision),
      };
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

class RecentChanges {
  #changes: StoredChange[] = [];
  #bytes = 0;

  add(change: StoredChange): void {
    this.#changes.push(change);
    this.#bytes += change.bytes;
    if (this.#bytes <= MAX_RECENT_BYTES) return;
    this.#changes = this.#changes.slice(Math.ceil(this.#changes.length / 2));
    this.#bytes = this.#changes.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Undefined when they do not reach back to `revision`. */
  since(plural: string, revision: number, limit: number): ChangesSince | undefined {
    const oldest = this.#changes[0];
    if (!oldest || revision < oldest.revision - 1) return undefined;
    const first = this.#changes.findLastIndex((change) => change.revision <= revision) + 1;
    const changes: StoredChange[] = [];
    let through = revision;
    for (let place = first; place < this.#changes.length && changes.length < limit; place++) {
      const change = this.#changes[place];
      if (change?.plural === plural) changes.push(change);
      through = change?.revision ?? through;
    }
    return { changes, through };
  }
}

/** Without the cause, which would quote what may be a Secret's. */
function parse(text: unknown): StoredObject {
  try {
    return JSON.parse(String(text)) as StoredObject;
  } catch {
    throw new Error("a stored object is damaged: restore the data directory from a backup");
  }
}

function changeOf(plural: string, row: Record<string, unknown>): StoredChange {
  return {
    plural,
    key: String(row["key"]),
    type: row["type"] as StoredChange["type"],
    revision: Number(row["revision"]),
    object: parse(row["body"]),
    previous: row["previous"] === null ? undefined : parse(row["previous"]),
    bytes: String(row["body"]).length,
  };
}

/** "/" is followed by "0": all keys of a namespace lie between `namespace/` and `namespace0`. */
function boundsOf({ plural }: Resource, { namespace, after = "" }: Range) {
  if (namespace === undefined) return { plural, after, before: "\u{10ffff}" };
  const first = `${namespace}/`;
  return { plural, after: after > first ? after : first, before: `${namespace}0` };
}

function readerOf(statements: Statements): Reads {
  return {
    get(resource, key) {
      const row = statements.get.get(resource.plural, key);
      return row && parse(row["body"]);
    },
    list(resource, range = {}) {
      const { limit = -1, at } = range;
      const bounds = { ...boundsOf(resource, range), limit };
      const rows = at === undefined ? statements.list.all(bounds) : statements.listAt.all({ ...bounds, at });
      return rows.map(({ body }) => parse(body));
    },
    count: (resource, range) =>
      Number(statements.countAt.get({ ...boundsOf(resource, range), at: range.at })?.["number"]),
    dependents(ownerUid) {
      const rows = ownerUid === undefined ? statements.allDependents.all() : statements.dependents.all(ownerUid);
      return rows.map(({ plural, key }) => ({ plural: String(plural), key: String(key) }));
    },
  };
}

function transactionOf(
  statements: Statements,
  read: Reads,
  { changes, ...limits }: StoreOptions & { changes: StoredChange[] },
): Transaction {
  const record = (resource: Resource, object: StoredObject, isDeleted: boolean) => {
    const { plural } = resource;
    const key = keyOf(object.metadata);
    const previous = read.get(resource, key);
    const type = isDeleted ? "DELETED" : previous ? "MODIFIED" : "ADDED";
    const revision = Number(statements.advance.get()?.["value"]);
    const stamped = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    const body = JSON.stringify(stamped);
    statements.supersede.run(revision, plural, key);
    statements.insertVersion.run(revision, isDeleted ? revision : null, plural, key, type, body.length);
    statements.insertContent.run(revision, body);
    recordOwners(statements, { plural, key, before: previous, after: isDeleted ? undefined : stamped });
    if (revision % COMPACT_EVERY === 0) compact(statements, limits);
    changes.push({ plural, key, type, revision, object: stamped, previous, bytes: body.length });
    return stamped;
  };
  return {
    ...read,
    put: (resource, object) => record(resource, object, false),
    remove: (resource, object) => record(resource, object, true),
  };
}

function recordOwners(
  { addDependent, removeDependent }: Statements,
  {
    plural,
    key,
    before,
    after,
  }: { plural: string; key: string; before: StoredObject | undefined; after: StoredObject | undefined },
): void {
  const former = ownersOf(before);
  const present = ownersOf(after);
  for (const uid of former) if (!present.includes(uid)) removeDependent.run(uid, plural, key);
  for (const uid of present) if (!former.includes(uid)) addDependent.run(uid, plural, key);
}

function ownersOf(object: StoredObject | undefined): readonly string[] {
  return (object?.metadata.ownerReferences ?? []).map(({ uid }) => uid);
}

function compact(statements: Statements, { maxHistory, maxHistoryBytes }: StoreOptions): void {
  const cutoff = statements.cutoff.get(
    maxHistory ?? DEFAULT_MAX_HISTORY,
    maxHistoryBytes ?? DEFAULT_MAX_HISTORY_BYTES,
  )?.["until"];
  if (typeof cutoff !== "number") return;
  statements.dropContent.run(cutoff);
  statements.dropVersions.run(cutoff);
  statements.compact.run(cutoff);
}
