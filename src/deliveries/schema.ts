// The tables of `deliveries.db`, as a list of migrations that is only ever appended to.
// `delivery.repo_urls`, `tags` and `media_type` say how the body was read; `sequence` is the order of arrival.
// The indexes by verdict carry the size, so that counting what is kept reads no body.
import type { DatabaseSync } from "node:sqlite";

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
  (db) =>
    db.exec(`
      ALTER TABLE delivery ADD COLUMN media_type TEXT NOT NULL DEFAULT '';
      ALTER TABLE delivery ADD COLUMN body_bytes INTEGER NOT NULL DEFAULT 0;
      UPDATE delivery SET body_bytes = length(body);
      DROP INDEX delivery_open;
      CREATE INDEX delivery_open ON delivery (sequence, body_bytes) WHERE verdict = 'open';
      CREATE INDEX delivery_decided ON delivery (sequence, body_bytes) WHERE verdict IN ('done', 'unmatched');
      CREATE INDEX delivery_refused ON delivery (sequence) WHERE verdict = 'refused';
      ALTER TABLE target ADD COLUMN repo_url TEXT NOT NULL DEFAULT '';
      ALTER TABLE target ADD COLUMN rule TEXT NOT NULL DEFAULT '';
      CREATE TABLE not_matched (
        delivery TEXT NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
        namespace TEXT NOT NULL, name TEXT NOT NULL, rule TEXT NOT NULL,
        PRIMARY KEY (delivery, namespace, name)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE route (
        config TEXT NOT NULL, path_hash TEXT NOT NULL, project TEXT NOT NULL, receiver TEXT NOT NULL,
        sender TEXT NOT NULL, PRIMARY KEY (config, path_hash)
      ) STRICT, WITHOUT ROWID;
    `),
  // A push may name several tags: each is followed by itself.
  (db) =>
    db.exec(`
      CREATE TABLE target_of_tag (
        delivery TEXT NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
        namespace TEXT NOT NULL, name TEXT NOT NULL, uid TEXT NOT NULL, tag TEXT NOT NULL, state TEXT NOT NULL,
        token TEXT, attempt INTEGER NOT NULL, active_ms INTEGER NOT NULL, reason TEXT NOT NULL,
        repo_url TEXT NOT NULL, rule TEXT NOT NULL, PRIMARY KEY (delivery, namespace, name, uid, tag)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO target_of_tag
        SELECT delivery, namespace, name, uid, tag, state, token, attempt, active_ms, target.reason, repo_url, rule
          FROM target JOIN delivery ON delivery.id = delivery;
      DROP TABLE target;
      ALTER TABLE target_of_tag RENAME TO target;
      CREATE TABLE not_matched_tag (
        delivery TEXT NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
        namespace TEXT NOT NULL, name TEXT NOT NULL, tag TEXT NOT NULL, rule TEXT NOT NULL,
        PRIMARY KEY (delivery, namespace, name, tag)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO not_matched_tag
        SELECT delivery, namespace, name, tag, rule FROM not_matched JOIN delivery ON delivery.id = delivery;
      DROP TABLE not_matched;
      ALTER TABLE not_matched_tag RENAME TO not_matched;
      ALTER TABLE delivery ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
      UPDATE delivery SET tags = json_array(tag) WHERE tag <> '';
      ALTER TABLE delivery DROP COLUMN tag;
    `),
  (db) =>
    db.exec(`
      ALTER TABLE target ADD COLUMN not_visible_ms INTEGER;
      UPDATE target SET not_visible_ms = active_ms WHERE state = 'not-visible';
    `),
];
