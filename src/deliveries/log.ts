// The delivery log: what was accepted, and how far each of its Warehouses is. A recorded delivery is fsynced; what
// became of it outlives the process, and after a crash of the machine is found out again.
// `receivers/handle` records, `dispatch` follows up, and a start takes up what is open.
import type { StorageError } from "../errors.ts";
import type { Database } from "../sqlite.ts";
import type { Target } from "../warehouses/target.ts";
import type { Delivery, NewDelivery, NotMatched, RefusedDelivery, Verdict } from "./delivery.ts";
import { type LogLimits, Retention } from "./retention.ts";
import { bodyExcerpt, deliveryOf, prepareStatements, type Statements, targetOf } from "./rows.ts";

export interface DeliveryLog {
  /** Resolves after an fsync. Throws `LogFullError` when undecided deliveries alone reach the bound. */
  record(delivery: NewDelivery): Promise<Delivery>;
  /** Keeps what was refused, the newest of them and at most 64 KiB of each body; resolves without an fsync. */
  refuse(delivery: RefusedDelivery): Promise<void>;
  /** Adds or replaces targets of a delivery. */
  saveTargets(id: string, targets: readonly Target[]): Promise<void>;
  /** The last word on an open delivery and its targets, in one transaction; call once. */
  decide(delivery: Delivery, decision: Decision): Promise<void>;
  /** Those that stood here when the log was opened and are not decided, in order of arrival, with their targets. */
  leftOpen(): readonly OpenRecord[];
  /** How many deliveries are not decided, those that are being recorded included. */
  openCount(): number;
  /** What keeps deliveries from being recorded; asking again finds out when they can be. */
  fault(): StorageError | undefined;
  /** Those that are decided and still kept. */
  decidedCount(): number;
  /** The newest token recorded here; undefined in a new log. */
  lastToken(): string | undefined;
}

export interface Decision {
  readonly verdict: Exclude<Verdict, "open" | "refused">;
  readonly reason: string;
  readonly targets: readonly Target[];
  readonly notMatched: readonly NotMatched[];
}

export interface OpenRecord {
  readonly delivery: Delivery;
  readonly targets: readonly Target[];
}

/** Undecided deliveries fill the log: the sender is told to come back. */
export class LogFullError extends Error {
  override readonly name = "LogFullError";
}

export function createDeliveryLog(database: Database, limits?: LogLimits): DeliveryLog {
  return new SqliteLog(database, limits);
}

class SqliteLog implements DeliveryLog {
  readonly #database: Database;
  readonly #statements: Statements;
  readonly #retention: Retention;
  /** The newest that was here before this process wrote any. */
  readonly #lastFormerSequence: number;

  constructor(database: Database, limits: LogLimits | undefined) {
    this.#database = database;
    this.#statements = database.read(prepareStatements);
    this.#retention = new Retention(database, limits);
    this.#lastFormerSequence = Number(this.#statements.lastSequence.get()?.["sequence"]);
  }

  async record(delivery: NewDelivery): Promise<Delivery> {
    const { id, arrivedAt, project, receiver, sender, repoURLs, mediaType, body } = delivery;
    const bodyBytes = body.byteLength;
    if (!this.#retention.reserve(bodyBytes)) throw new LogFullError("the delivery log is full of undecided deliveries");
    const { insert } = this.#statements;
    const [urls, tags] = [JSON.stringify(repoURLs), JSON.stringify(delivery.tags)];
    try {
      const write = () =>
        insert.run(id, arrivedAt, project, receiver, sender, urls, tags, body, mediaType, bodyBytes, "open", "");
      const { lastInsertRowid: sequence } = await this.#database.write(write);
      const { body: _, ...kept } = delivery;
      return { ...kept, bodyBytes, sequence: Number(sequence), verdict: "open", reason: "" };
    } catch (error) {
      this.#retention.release(bodyBytes);
      throw error;
    }
  }

  async refuse({ id, arrivedAt, project, receiver, sender, body, reason }: RefusedDelivery): Promise<void> {
    const excerpt = bodyExcerpt(body);
    const { insert } = this.#statements;
    await this.#database.writeUnsynced(() =>
      insert.run(id, arrivedAt, project, receiver, sender, "[]", "[]", excerpt, "", body.byteLength, "refused", reason),
    );
    this.#retention.countRefused();
  }

  async saveTargets(id: string, targets: readonly Target[]): Promise<void> {
    await this.#database.writeUnsynced(() => this.#putTargets(id, targets));
  }

  async decide(delivery: Delivery, { verdict, reason, targets, notMatched }: Decision): Promise<void> {
    const { id, sequence, bodyBytes } = delivery;
    const { decide, putNotMatched } = this.#statements;
    await this.#database.writeUnsynced(() => {
      this.#putTargets(id, targets);
      for (const { namespace, name, tag, rule } of notMatched) putNotMatched.run(id, namespace, name, tag, rule);
      decide.run(verdict, reason, sequence);
    });
    this.#retention.countDecided(bodyBytes);
  }

  leftOpen(): readonly OpenRecord[] {
    const { openUpTo, openTargets } = this.#statements;
    const targets = Map.groupBy(openTargets.all(), (row) => String(row["delivery"]));
    // Of what came later a read shows rows that are not on disk yet: whoever records them follows them up.
    return openUpTo.all(this.#lastFormerSequence).map((row) => ({
      delivery: deliveryOf(row),
      targets: (targets.get(String(row["id"])) ?? []).map(targetOf),
    }));
  }

  openCount(): number {
    return this.#retention.openCount;
  }

  fault(): StorageError | undefined {
    return this.#database.fault();
  }

  decidedCount(): number {
    return this.#retention.decidedCount;
  }

  lastToken(): string | undefined {
    const token = this.#statements.lastToken.get()?.["token"];
    return token === undefined ? undefined : String(token);
  }

  #putTargets(id: string, targets: readonly Target[]): void {
    const { putTarget, putToken } = this.#statements;
    for (const target of targets) {
      const { namespace, name, uid, repoURL, rule, tag, state, token, attempt, reason } = target;
      const { activeMs, notVisibleMs } = target;
      putTarget.run(
        id,
        namespace,
        name,
        uid,
        state,
        token ?? null,
        attempt,
        Math.round(activeMs),
        reason,
        repoURL,
        rule,
        tag,
        notVisibleMs === undefined ? null : Math.round(notVisibleMs),
      );
      if (token !== undefined) putToken.run(token);
    }
  }
}
