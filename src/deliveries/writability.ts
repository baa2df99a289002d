// Whether the delivery log can be written: a replica whose disk is full is of no use until it is not.
import type { Database } from "../sqlite.ts";

export class Writability {
  readonly #database: Database;
  #isFailing = false;
  #isTrying = false;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Told how the latest write went. */
  wrote(): void {
    this.#isFailing = false;
  }

  failed(): void {
    this.#isFailing = true;
  }

  /** Whether the last write succeeded. After one that failed, each question tries another, for the next question. */
  isWritable(): boolean {
    if (this.#isFailing && !this.#isTrying) void this.#try();
    return !this.#isFailing;
  }

  async #try(): Promise<void> {
    this.#isTrying = true;
    try {
      await this.#database.write(writeSomething);
      this.wrote();
    } catch {
      // It is full still.
    }
    this.#isTrying = false;
  }
}

/** The page of the schema's version is written even where it stays the same. */
const writeSomething: Parameters<Database["write"]>[0] = (db) => {
  const version = Number(db.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
  db.exec(`PRAGMA user_version=${version}`);
};
