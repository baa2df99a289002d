// The statements of the delivery log, and its rows as values.
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { Target, TargetState } from "../warehouses/target.ts";
import type { Delivery, NotMatched, Verdict } from "./delivery.ts";

const MAX_REFUSED_BODY_BYTES = 64 * 1024;

/** What `deliveryOf` reads: all but the body. */
export const DELIVERY_COLUMNS =
  "sequence, id, arrived_at, project, receiver, sender, repo_urls, tags, media_type, body_bytes, verdict, reason";

export type Statements = ReturnType<typeof prepareStatements>;

export function prepareStatements(db: DatabaseSync) {
  return {
    insert: db.prepare(
      `INSERT INTO delivery (id, arrived_at, project, receiver, sender, repo_urls, tags, body, media_type, body_bytes,
         verdict, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    putTarget: db.prepare(
      `INSERT OR REPLACE INTO target (delivery, namespace, name, uid, state, token, attempt, active_ms, reason,
         repo_url, rule, tag, not_visible_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    putNotMatched: db.prepare(
      "INSERT OR REPLACE INTO not_matched (delivery, namespace, name, tag, rule) VALUES (?, ?, ?, ?, ?)",
    ),
    putToken: db.prepare(
      "INSERT INTO last_token VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET token = max(token, excluded.token)",
    ),
    decide: db.prepare("UPDATE delivery SET verdict = ?, reason = ? WHERE sequence = ?"),
    openUpTo: db.prepare(
      `SELECT ${DELIVERY_COLUMNS} FROM delivery WHERE verdict = 'open' AND sequence <= ? ORDER BY sequence`,
    ),
    lastSequence: db.prepare("SELECT coalesce(max(sequence), 0) AS sequence FROM delivery"),
    openTargets: db.prepare(
      "SELECT target.* FROM target JOIN delivery ON delivery.id = delivery WHERE verdict = 'open'",
    ),
    lastToken: db.prepare("SELECT token FROM last_token"),
  };
}

/** As much of a refused body as is kept. */
export function bodyExcerpt(body: Uint8Array): Uint8Array {
  return body.subarray(0, MAX_REFUSED_BODY_BYTES);
}

export type Row = Readonly<Record<string, SQLOutputValue>>;

export function deliveryOf(row: Row): Delivery {
  return {
    id: String(row["id"]),
    sequence: Number(row["sequence"]),
    arrivedAt: Number(row["arrived_at"]),
    project: String(row["project"]),
    receiver: String(row["receiver"]),
    sender: String(row["sender"]),
    repoURLs: JSON.parse(String(row["repo_urls"])) as readonly string[],
    tags: JSON.parse(String(row["tags"])) as readonly string[],
    mediaType: String(row["media_type"]),
    bodyBytes: Number(row["body_bytes"]),
    verdict: String(row["verdict"]) as Verdict,
    reason: String(row["reason"]),
  };
}

export function targetOf(row: Row): Target {
  return {
    namespace: String(row["namespace"]),
    name: String(row["name"]),
    uid: String(row["uid"]),
    repoURL: String(row["repo_url"]),
    tag: String(row["tag"]),
    rule: String(row["rule"]),
    state: String(row["state"]) as TargetState,
    token: row["token"] === null ? undefined : String(row["token"]),
    attempt: Number(row["attempt"]),
    activeMs: Number(row["active_ms"]),
    notVisibleMs: row["not_visible_ms"] === null ? undefined : Number(row["not_visible_ms"]),
    reason: String(row["reason"]),
  };
}

export function notMatchedOf(row: Row): NotMatched {
  const { namespace, name, tag, rule } = row;
  return { namespace: String(namespace), name: String(name), tag: String(tag), rule: String(rule) };
}
