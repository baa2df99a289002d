// The tables of kube.db. Every write makes one version of an object, valid from its revision until the next one of the
// same object: the present, the past and the feed of changes are three ways to read one table.
import type { DatabaseSync } from "node:sqlite";

export const KUBE_MIGRATIONS: readonly ((db: DatabaseSync) => void)[] = [
  (db) =>
    db.exec(`
      CREATE TABLE revision (one INTEGER PRIMARY KEY CHECK (one = 1), value INTEGER NOT NULL) STRICT;
      INSERT INTO revision VALUES (1, 0);
      CREATE TABLE object (plural TEXT NOT NULL, key TEXT NOT NULL, namespace TEXT NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (plural, key)) STRICT, WITHOUT ROWID;
      CREATE TABLE change (revision INTEGER PRIMARY KEY, plural TEXT NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL) STRICT;
    `),
  (db) =>
    db.exec(`
      ALTER TABLE revision ADD COLUMN compacted INTEGER NOT NULL DEFAULT 0;
      UPDATE revision SET compacted = value;
      CREATE TABLE version (revision INTEGER PRIMARY KEY, until INTEGER, plural TEXT NOT NULL, key TEXT NOT NULL,
        type TEXT NOT NULL, bytes INTEGER NOT NULL) STRICT;
      CREATE TABLE content (revision INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
      CREATE UNIQUE INDEX version_current ON version (plural, key) WHERE until IS NULL;
      CREATE INDEX version_past ON version (until, bytes) WHERE until IS NOT NULL;
      CREATE TABLE dependent (owner TEXT NOT NULL, plural TEXT NOT NULL, key TEXT NOT NULL,
        PRIMARY KEY (owner, plural, key)) STRICT, WITHOUT ROWID;
      INSERT INTO content SELECT json_extract(body, '$.metadata.resourceVersion') + 0, body FROM object;
      INSERT INTO version SELECT json_extract(body, '$.metadata.resourceVersion') + 0, NULL, plural, key, 'ADDED', length(body)
        FROM object;
      INSERT OR IGNORE INTO dependent SELECT json_extract(owner.value, '$.uid'), object.plural, object.key
        FROM object, json_each(object.body, '$.metadata.ownerReferences') AS owner;
      DROP TABLE object;
      DROP TABLE change;
    `),
];

/** `:until` NULL is the present; a deletion is a version that ends where it begins. */
export function prepareStatements(db: DatabaseSync) {
  const versions = "FROM version AS v JOIN content AS c ON c.revision = v.revision";
  const range = "v.plural = :plural AND v.key > :after AND v.key < :before";
  return {
    revision: db.prepare("SELECT value, compacted FROM revision"),
    advance: db.prepare("UPDATE revision SET value = value + 1 RETURNING value"),
    compact: db.prepare("UPDATE revision SET compacted = ?"),
    get: db.prepare(`SELECT c.body ${versions} WHERE v.plural = ? AND v.key = ? AND v.until IS NULL`),
    list: db.prepare(`SELECT v.key, c.body ${versions} WHERE ${range} AND v.until IS NULL ORDER BY v.key LIMIT :limit`),
    listAt: db.prepare(
      `SELECT v.key, c.body ${versions} WHERE ${range} AND v.until IS NULL AND v.revision <= :at
       UNION ALL
       SELECT v.key, c.body ${versions} WHERE ${range} AND v.until > :at AND v.revision <= :at
       ORDER BY 1 LIMIT :limit`,
    ),
    countAt: db.prepare(
      `SELECT count(*) AS number FROM version AS v WHERE ${range} AND v.revision <= :at AND (v.until IS NULL OR v.until > :at)`,
    ),
    supersede: db.prepare("UPDATE version SET until = ? WHERE plural = ? AND key = ? AND until IS NULL"),
    insertVersion: db.prepare("INSERT INTO version VALUES (?, ?, ?, ?, ?, ?)"),
    insertContent: db.prepare("INSERT INTO content VALUES (?, ?)"),
    since: db.prepare(
      `SELECT v.revision, v.key, v.type, c.body,
         (SELECT p.body FROM version AS w JOIN content AS p ON p.revision = w.revision
          WHERE w.until = v.revision AND w.revision < v.revision) AS previous
       ${versions} WHERE v.revision > ? AND v.plural = ? ORDER BY v.revision LIMIT ?`,
    ),
    cutoff: db.prepare(
      `SELECT max(until) AS until FROM (
         SELECT until, row_number() OVER newest AS place, sum(bytes) OVER newest AS total
         FROM version WHERE until IS NOT NULL WINDOW newest AS (ORDER BY until DESC))
       WHERE place > ? OR total > ?`,
    ),
    dropContent: db.prepare("DELETE FROM content WHERE revision IN (SELECT revision FROM version WHERE until <= ?)"),
    dropVersions: db.prepare("DELETE FROM version WHERE until <= ?"),
    dependents: db.prepare("SELECT plural, key FROM dependent WHERE owner = ?"),
    allDependents: db.prepare("SELECT DISTINCT plural, key FROM dependent"),
    addDependent: db.prepare("INSERT OR IGNORE INTO dependent VALUES (?, ?, ?)"),
    removeDependent: db.prepare("DELETE FROM dependent WHERE owner = ? AND plural = ? AND key = ?"),
  };
}

export type Statements = ReturnType<typeof prepareStatements>;
