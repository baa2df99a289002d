// How much the delivery log keeps: bounds by count, bytes and age, and the eviction of what is decided, oldest first.
// Undecided deliveries are never evicted: when they alone reach a bound, nothing more is accepted.
import type { DatabaseSync } from "node:sqlite";
import type { Database } from "../sqlite.ts";

export interface LogLimits {
  readonly maxDeliveries: number;
  /** Of all bodies together. */
  readonly maxBodyBytes: number;
  /**
   * Counted back from the newest arrival on disk: neither a process that was down for long nor a clock that jumps
   * evicts anything before something arrives. An arrival stamped far ahead makes all before it old.
   */
  readonly maxAgeMs: number;
  readonly maxRefused: number;
  /** Arrivals between two evictions, the first of which comes with the first arrival: so many may pass a bound. */
  readonly evictEvery: number;
}

const DEFAULT_LIMITS: LogLimits = {
  maxDeliveries: 100_000,
  maxBodyBytes: 1024 ** 3,
  maxAgeMs: 30 * 24 * 60 * 60_000,
  maxRefused: 1_000,
  evictEvery: 500,
};

interface Amount {
  count: number;
  bytes: number;
}

export class Retention {
  readonly #database: Database;
  readonly #limits: LogLimits;
  readonly #statements: ReturnType<typeof prepare>;
  /** Open and decided deliveries; refused ones have a bound of their own. */
  readonly #kept: Amount;
  readonly #open: Amount;
  #sinceEviction: number;
  #refusedSinceEviction: number;

  constructor(database: Database, limits: LogLimits = DEFAULT_LIMITS) {
    this.#database = database;
    this.#limits = limits;
    this.#sinceEviction = limits.evictEvery;
    this.#refusedSinceEviction = limits.evictEvery;
    this.#statements = database.read(prepare);
    this.#open = amountOf(this.#statements.open.get());
    this.#kept = amountOf(this.#statements.decided.get());
    add(this.#kept, this.#open.count, this.#open.bytes);
  }

  get openCount(): number {
    return this.#open.count;
  }

  get decidedCount(): number {
    return this.#kept.count - this.#open.count;
  }

  /** Makes room for one more open delivery; false when undecided ones alone reach a bound. */
  reserve(bodyBytes: number): boolean {
    const { maxDeliveries, maxBodyBytes, evictEvery } = this.#limits;
    if (this.#open.count >= maxDeliveries || this.#open.bytes + bodyBytes > maxBodyBytes) return false;
    add(this.#open, 1, bodyBytes);
    add(this.#kept, 1, bodyBytes);
    this.#sinceEviction += 1;
    if (this.#sinceEviction >= evictEvery) void this.#evict();
    return true;
  }

  /** Takes a reservation back: the delivery did not reach the disk. */
  release(bodyBytes: number): void {
    add(this.#open, -1, -bodyBytes);
    add(this.#kept, -1, -bodyBytes);
  }

  /** The delivery is decided: from now on it may be evicted. */
  countDecided(bodyBytes: number): void {
    add(this.#open, -1, -bodyBytes);
  }

  countRefused(): void {
    this.#refusedSinceEviction += 1;
    if (this.#refusedSinceEviction < this.#limits.evictEvery) return;
    this.#refusedSinceEviction = 0;
    const { maxRefused } = this.#limits;
    void this.#database.writeUnsynced(() => this.#statements.evictRefused.run(maxRefused)).catch(() => undefined);
  }

  /** What cannot be evicted now is by the next one. */
  async #evict(): Promise<void> {
    this.#sinceEviction = 0;
    try {
      const rows = await this.#database.writeUnsynced(() => this.#statements.evictUpTo.all(this.#lastToEvict()));
      for (const row of rows) add(this.#kept, -1, -Number(row["body_bytes"]));
    } catch {
      this.#sinceEviction = this.#limits.evictEvery;
    }
  }

  /** The sequence up to which what is decided must go; 0 for nothing. */
  #lastToEvict(): number {
    const { maxDeliveries, maxBodyBytes, maxAgeMs } = this.#limits;
    const oldestArrival = Number(this.#statements.newestArrival.get()?.["arrived_at"] ?? 0) - maxAgeMs;
    const left = { ...this.#kept };
    let last = 0;
    for (const row of this.#statements.oldest.iterate()) {
      const isTooMuch = left.count > maxDeliveries || left.bytes > maxBodyBytes;
      if (!isTooMuch && Number(row["arrived_at"]) >= oldestArrival) break;
      add(left, -1, -Number(row["body_bytes"]));
      last = Number(row["sequence"]);
    }
    return last;
  }
}

function add(amount: Amount, count: number, bytes: number): void {
  amount.count += count;
  amount.bytes += bytes;
}

function amountOf(row: Readonly<Record<string, unknown>> | undefined): Amount {
  return { count: Number(row?.["count"] ?? 0), bytes: Number(row?.["bytes"] ?? 0) };
}

function prepare(db: DatabaseSync) {
  const amount = "SELECT count(*) AS count, coalesce(sum(body_bytes), 0) AS bytes FROM delivery";
  const decided = "verdict IN ('done', 'unmatched')";
  return {
    open: db.prepare(`${amount} WHERE verdict = 'open'`),
    decided: db.prepare(`${amount} WHERE ${decided}`),
    newestArrival: db.prepare("SELECT arrived_at FROM delivery ORDER BY sequence DESC LIMIT 1"),
    oldest: db.prepare(`SELECT sequence, arrived_at, body_bytes FROM delivery WHERE ${decided} ORDER BY sequence`),
    evictUpTo: db.prepare(`DELETE FROM delivery WHERE ${decided} AND sequence <= ? RETURNING body_bytes`),
    evictRefused: db.prepare(
      `DELETE FROM delivery WHERE verdict = 'refused' AND sequence <=
         (SELECT sequence FROM delivery WHERE verdict = 'refused' ORDER BY sequence DESC LIMIT 1 OFFSET ?)`,
    ),
  };
}
