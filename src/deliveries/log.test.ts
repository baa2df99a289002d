import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { settle } from "../../test/support/settle.ts";
import { type Database, openDatabase } from "../sqlite.ts";
import type { Target } from "../warehouses/target.ts";
import type { NewDelivery } from "./delivery.ts";
import { createDeliveryLog, LogFullError } from "./log.ts";
import type { LogLimits } from "./retention.ts";
import { DELIVERY_MIGRATIONS } from "./schema.ts";

const LIMITS: LogLimits = {
  maxDeliveries: 10,
  maxBodyBytes: 1_000_000,
  maxAgeMs: 1_000_000,
  maxRefused: 3,
  evictEvery: 2,
};

function inMemory(t: TestContext): Database {
  const database = openDatabase({ path: ":memory:", migrations: DELIVERY_MIGRATIONS });
  t.after(() => database.close());
  return database;
}

function inDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "dockbell-log-"));
  t.after(() => rmSync(directory, { recursive: true }));
  return join(directory, "deliveries.db");
}

function delivery(id: string, more: Partial<NewDelivery> = {}): NewDelivery {
  return {
    id,
    arrivedAt: 1_000,
    project: "demo",
    receiver: "r",
    sender: "dockerhub",
    repoURLs: ["example/app"],
    tags: ["1.0.0"],
    mediaType: "",
    body: Buffer.from("{}"),
    ...more,
  };
}

const TARGET: Target = {
  namespace: "demo",
  name: "w",
  uid: "u",
  repoURL: "example/app",
  tag: "1.0.0",
  rule: "",
  state: "refreshed",
  token: "2026-01-01T00:00:00.000000001Z",
  attempt: 1,
  activeMs: 12,
  notVisibleMs: 7,
  reason: "",
};
const UNMATCHED = { verdict: "unmatched", reason: "no", targets: [], notMatched: [] } as const;

function idsIn(database: Database): readonly string[] {
  return database.read((db) =>
    db
      .prepare("SELECT id FROM delivery ORDER BY sequence")
      .all()
      .map((row) => String(row["id"])),
  );
}

test("a delivery keeps its bytes, how it was read, and its place in the order of arrival", async (t) => {
  const database = inMemory(t);
  const log = createDeliveryLog(database);
  await log.record(delivery("a", { arrivedAt: 9_000 }));

  const second = await log.record(delivery("b", { arrivedAt: 1_000, mediaType: "m", body: Buffer.from("raw") }));

  const row = database.read((db) =>
    db.prepare("SELECT body, media_type, repo_urls FROM delivery WHERE id = 'b'").get(),
  );
  assert.equal(second.sequence, 2);
  assert.deepEqual(
    [Buffer.from(row?.["body"] as Uint8Array).toString(), row?.["media_type"], row?.["repo_urls"]],
    ["raw", "m", '["example/app"]'],
  );
});

test("what is open is found again with its targets after the file is opened anew", async (t) => {
  const path = inDirectory(t);
  const first = openDatabase({ path, migrations: DELIVERY_MIGRATIONS });
  const log = createDeliveryLog(first);
  const [open, decided] = [await log.record(delivery("a")), await log.record(delivery("b"))];
  await log.saveTargets("a", [TARGET]);
  await log.decide(decided, UNMATCHED);
  await first.close();

  const again = openDatabase({ path, migrations: DELIVERY_MIGRATIONS });
  t.after(() => again.close());
  const reopened = createDeliveryLog(again);

  assert.deepEqual(reopened.leftOpen(), [{ delivery: open, targets: [TARGET] }]);
  assert.equal(reopened.lastToken(), TARGET.token);
});

test("the newest token is kept, whatever order tokens are saved in", async (t) => {
  const log = createDeliveryLog(inMemory(t));
  await log.record(delivery("a"));
  await log.saveTargets("a", [{ ...TARGET, token: "2026-01-01T00:00:09.000000000Z" }]);

  await log.saveTargets("a", [TARGET]);

  assert.equal(log.lastToken(), "2026-01-01T00:00:09.000000000Z");
});

test("decided deliveries are evicted by count, oldest first; open ones never", async (t) => {
  const database = inMemory(t);
  const log = createDeliveryLog(database, LIMITS);
  await log.record(delivery("open"));
  for (let place = 0; place < 20; place++) await log.decide(await log.record(delivery(`d${place}`)), UNMATCHED);
  await settle();

  const kept = idsIn(database);

  assert.ok(kept.length <= LIMITS.maxDeliveries + LIMITS.evictEvery, String(kept));
  assert.deepEqual([kept[0], kept.at(-1), kept.includes("d0")], ["open", "d19", false]);
});

test("decided deliveries are evicted by the bytes of their bodies", async (t) => {
  const database = inMemory(t);
  const log = createDeliveryLog(database, { ...LIMITS, maxDeliveries: 1_000, maxBodyBytes: 10_000 });
  const body = Buffer.alloc(1_000);
  for (let place = 0; place < 60; place++)
    await log.decide(await log.record(delivery(`d${place}`, { body })), UNMATCHED);
  await settle();

  const { bytes } = database.read((db) => db.prepare("SELECT sum(length(body)) AS bytes FROM delivery").get()) ?? {};

  assert.ok(Number(bytes) <= 12_000, `${bytes} bytes`);
  assert.equal(idsIn(database).at(-1), "d59");
});

test("age counts from the newest arrival on disk, so that a clock alone evicts nothing", async (t) => {
  const database = inMemory(t);
  const log = createDeliveryLog(database, LIMITS);
  const arrivals = [0, 500_000, 1_400_000, 1_400_001, 1_400_002, 1_400_003];
  for (const arrivedAt of arrivals)
    await log.decide(await log.record(delivery(`at${arrivedAt}`, { arrivedAt })), UNMATCHED);
  await settle();

  assert.deepEqual(
    idsIn(database),
    arrivals.slice(1).map((at) => `at${at}`),
  );
});

test("processes that see few arrivals each keep to the bounds all the same", async (t) => {
  const path = inDirectory(t);
  const { repoURLs: _repoURLs, tags: _tags, mediaType: _mediaType, ...arrival } = delivery("");
  const month = 30 * 24 * 60 * 60_000;
  let kept: readonly string[] = [];
  for (let place = 0; place < 5; place++) {
    const database = openDatabase({ path, migrations: DELIVERY_MIGRATIONS });
    const log = createDeliveryLog(database, { ...LIMITS, maxAgeMs: month, evictEvery: 500 });
    const arrivedAt = place * month;
    await log.decide(await log.record(delivery(`d${place}`, { arrivedAt })), UNMATCHED);
    for (const id of [`r${place}`, `s${place}`]) await log.refuse({ ...arrival, id, arrivedAt, reason: "not JSON" });
    await settle();
    kept = idsIn(database);
    await database.close();
  }

  assert.deepEqual(kept, ["d2", "d3", "r3", "s3", "d4", "r4", "s4"]);
});

test("undecided deliveries alone fill the log; one decision makes room", async (t) => {
  const log = createDeliveryLog(inMemory(t), LIMITS);
  const open = [];
  for (let place = 0; place < LIMITS.maxDeliveries; place++) open.push(await log.record(delivery(`d${place}`)));
  const [first] = open;
  const whenFull = log.record(delivery("one more"));
  await assert.rejects(whenFull, LogFullError);

  if (first) await log.decide(first, UNMATCHED);

  await log.record(delivery("one more"));
  await assert.rejects(log.record(delivery("yet another")), LogFullError);
});

test("a record that fails takes no room", async (t) => {
  const log = createDeliveryLog(inMemory(t), { ...LIMITS, maxDeliveries: 2 });
  await log.record(delivery("a"));
  await assert.rejects(log.record(delivery("a")), /UNIQUE/);

  const second = await log.record(delivery("b"));

  assert.equal(second.id, "b");
});

test("refused bodies are kept up to their own bound, with the first 64 KiB of each", async (t) => {
  const database = inMemory(t);
  const log = createDeliveryLog(database, LIMITS);
  const { repoURLs: _repoURLs, tags: _tags, mediaType: _mediaType, ...arrival } = delivery("");
  for (let place = 0; place < 8; place++) {
    await log.refuse({ ...arrival, id: `r${place}`, body: Buffer.alloc(100_000), reason: "not JSON" });
  }
  await settle();

  const rows = database.read((db) => db.prepare("SELECT id, length(body) AS kept, body_bytes FROM delivery").all());

  assert.ok(rows.length <= LIMITS.maxRefused + LIMITS.evictEvery, String(rows.length));
  assert.deepEqual({ ...rows.at(-1) }, { id: "r7", kept: 64 * 1024, body_bytes: 100_000 });
});

test("a file of the first schema is copied, migrated, and its open deliveries are still there", async (t) => {
  const path = inDirectory(t);
  const old = new DatabaseSync(path);
  DELIVERY_MIGRATIONS[0]?.(old);
  old.exec("PRAGMA user_version=1");
  old.exec(
    `INSERT INTO delivery (id, arrived_at, project, receiver, sender, repo_urls, tag, body)
       VALUES ('a', 1, 'demo', 'r', 'dockerhub', '["example/app"]', '1.0.0', x'7b7d');
     INSERT INTO target VALUES ('a', 'demo', 'w', 'u', 'refreshed', 't', 1, 2, '')`,
  );
  old.close();

  const database = openDatabase({ path, migrations: DELIVERY_MIGRATIONS });
  t.after(() => database.close());
  const [record] = createDeliveryLog(database).leftOpen();

  assert.deepEqual([record?.delivery.id, record?.delivery.bodyBytes, record?.delivery.tags], ["a", 2, ["1.0.0"]]);
  assert.deepEqual(
    record?.targets.map(({ name, tag, state, token }) => [name, tag, state, token]),
    [["w", "1.0.0", "refreshed", "t"]],
  );
  const copy = new DatabaseSync(`${path}.v1`, { readOnly: true });
  assert.equal(copy.prepare("SELECT count(*) AS n FROM delivery").get()?.["n"], 1);
  copy.close();
});
