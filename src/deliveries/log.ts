// The delivery log: what was accepted, and how far each of its Warehouses is. A resolved promise means fsynced.
// `receivers/handle` records, `dispatch` follows up, and a start takes up what is open.
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { Database } from "../sqlite.ts";
import type { Delivery, NewDelivery, Target, TargetState, Verdict } from "./delivery.ts";

export interface DeliveryLog {
  /** Throws `LogFullError` when undecided deliveries alone reach the bound. */
  record(delivery: NewDelivery): Promise<Delivery>;
  /** Adds or replaces targets of a delivery. */
  saveTargets(id: string, targets: readonly Target[]): Promise<void>;
  /** The last word on a delivery and its targets, in one transaction. */
  decide(id: string, decision: Decision): Promise<void>;
  /** Every delivery that is not decided, in order of arrival, with its targets. */
  open(): readonly { readonly delivery: Delivery; readonly targets: readonly Target[] }[];
  /** The newest token recorded here; undefined in a new log. */
  lastToken(): string | undefined;
}

export interface Decision {
  readonly verdict: Verdict;
  readonly reason: string;
  readonly targets: readonly Target[];
}

/** Undecided deliveries fill the log: the sender is told to come back. */
export class LogFullError extends Error {
  override readonly name = "LogFullError";
}

/** Decided deliveries beyond this many are evicted, oldest first. */
const MAX_DELIVERIES = 100_000;
const MAX_OPEN_DELIVERIES = 100_000;
/** Arrivals between two evictions. */
const EVICT_EVERY = 1_000;

export const DELIVERY_MIGRATIONS: readonly ((db: DatabaseSync) => void)[] = [
  (db) =>
    db.exec(`
      CREATE TABLE delivery (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, arrived_at INTEGER NOT NULL,
        project TEXT NOT NULL, receiver TEXT NOT NULL, sender TEXT NOT NULL, repo_urls TEXT NOT NULL, tag TEXT NOT NULL,
        body BLOB NOT NULL, verdict TEXT NOT NULL DEFAULT 'open', reason TEXT NOT NULL DEFAULT ''
      ) STRICT;
      CREATE INDEX delivery_open ON delivery (sequence) WHERE verdict = 'open';
      CREATE TABLE target (
        delivery TEXT NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
        namespace TEXT NOT NULL, name TEXT NOT NULL, uid TEXT NOT NULL, state TEXT NOT NULL, token TEXT,
        attempt INTEGER NOT NULL, active_ms INTEGER NOT NULL, reason TEXT NOT NULL,
        PRIMARY KEY (delivery, namespace, name, uid)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE last_token (one INTEGER PRIMARY KEY CHECK (one = 1), token TEXT NOT NULL) STRICT;
    `),
];

export function createDeliveryLog(database: Database): DeliveryLog {
  const statements = database.read(prepare);
  let openCount = Number(statements.countOpen.get()?.["n"] ?? 0);

  return {
    record(delivery) {
      if (openCount >= MAX_OPEN_DELIVERIES)
        return Promise.reject(new LogFullError("the delivery log is full of open work"));
      openCount += 1;
      return database.write((db) => {
        const { lastInsertRowid } = statements.insert.run(
          delivery.id,
          delivery.arrivedAt,
          delivery.project,
          delivery.receiver,
          delivery.sender,
          JSON.stringify(delivery.repoURLs),
          delivery.tag,
          delivery.body,
        );
        const sequence = Number(lastInsertRowid);
        if (sequence % EVICT_EVERY === 0) evict(db);
        const { body: _, ...kept } = delivery;
        return { ...kept, sequence, verdict: "open", reason: "" };
      });
    },
    saveTargets: (id, targets) => database.write(() => saveTargets(statements, id, targets)),
    async decide(id, { verdict, reason, targets }) {
      await database.write(() => {
        saveTargets(statements, id, targets);
        statements.decide.run(verdict, reason, id);
      });
      openCount -= 1;
    },
    open: () =>
      statements.open.all().map((row) => ({
        delivery: deliveryOf(row),
        targets: statements.targets.all(String(row["id"])).map(targetOf),
      })),
    lastToken() {
      const token = statements.lastToken.get()?.["token"];
      return token === undefined ? undefined : String(token);
    },
  };
}

function saveTargets(statements: Statements, id: string, targets: readonly Target[]): void {
  for (const target of targets) {
    const { namespace, name, uid, state, token, attempt, activeMs, reason } = target;
    statements.saveTarget.run(id, namespace, name, uid, state, token ?? null, attempt, Math.round(activeMs), reason);
    if (token !== undefined) statements.saveToken.run(token);
  }
}

type Statements = ReturnType<typeof prepare>;

function prepare(db: DatabaseSync) {
  return {
    insert: db.prepare(
      "INSERT INTO delivery (id, arrived_at, project, receiver, sender, repo_urls, tag, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    ),
    saveTarget: db.prepare("INSERT OR REPLACE INTO target VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
    saveToken: db.prepare(
      "INSERT INTO last_token VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET token = max(token, excluded.token)",
    ),
    decide: db.prepare("UPDATE delivery SET verdict = ?, reason = ? WHERE id = ?"),
    open: db.prepare("SELECT * FROM delivery WHERE verdict = 'open' ORDER BY sequence"),
    countOpen: db.prepare("SELECT count(*) AS n FROM delivery WHERE verdict = 'open'"),
    targets: db.prepare("SELECT * FROM target WHERE delivery = ?"),
    lastToken: db.prepare("SELECT token FROM last_token"),
  };
}

function evict(db: DatabaseSync): void {
  db.exec(
    `DELETE FROM delivery WHERE verdict <> 'open' AND sequence <= (SELECT max(sequence) FROM delivery) - ${MAX_DELIVERIES}`,
  );
}

type Row = Readonly<Record<string, SQLOutputValue>>;

function deliveryOf(row: Row): Delivery {
  return {
    id: String(row["id"]),
    sequence: Number(row["sequence"]),
    arrivedAt: Number(row["arrived_at"]),
    project: String(row["project"]),
    receiver: String(row["receiver"]),
    sender: String(row["sender"]),
    repoURLs: JSON.parse(String(row["repo_urls"])) as readonly string[],
    tag: String(row["tag"]),
    verdict: String(row["verdict"]) as Verdict,
    reason: String(row["reason"]),
  };
}

function targetOf(row: Row): Target {
  return {
    namespace: String(row["namespace"]),
    name: String(row["name"]),
    uid: String(row["uid"]),
    state: String(row["state"]) as TargetState,
    token: row["token"] === null ? undefined : String(row["token"]),
    attempt: Number(row["attempt"]),
    activeMs: Number(row["active_ms"]),
    reason: String(row["reason"]),
  };
}
