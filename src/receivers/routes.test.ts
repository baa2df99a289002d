import assert from "node:assert/strict";
import { test } from "node:test";
import { PATH, payload, publishClusterReceiver, publishReceiver, receivingFor } from "../../test/support/receiving.ts";
import { settle } from "../../test/support/settle.ts";
import { KubeError } from "../errors.ts";
import { SECRETS } from "../resources/core.ts";
import { PROJECT_CONFIGS } from "../resources/project-config.ts";
import { receiverHash } from "../resources/receiver-url.ts";

const SECRET = { namespace: "demo", name: "s" };
const BODY = payload("example/app", "1.0.0");
const away = () => Promise.reject(new KubeError("away", { status: 503, reason: "" }));

test("until the receivers were listed, a path nobody remembers is 503 with Retry-After", async (t) => {
  const it = await receivingFor(t, { answerWithinMs: 0 });
  it.kube.network = away;
  await it.restart();

  const { status, text, headers } = await it.post(BODY, "/dockerhub/unknown");

  assert.deepEqual([status, text, headers["retry-after"]], [503, "{}\n", "1"]);
});

test("a remembered path is accepted at once after a restart, though the API is away", async (t) => {
  const it = await receivingFor(t, { answerWithinMs: 0 });
  it.kube.network = away;
  await it.restart();

  const { status } = await it.post(BODY);

  assert.equal(status, 202);
});

test("a remembered path whose receiver went while we were down is 404 once that is known", async (t) => {
  const it = await receivingFor(t, { answerWithinMs: 0 });
  it.crash();
  await it.kube.admin.delete(PROJECT_CONFIGS, { namespace: "demo", name: "demo" });
  await it.restart();

  const { status } = await it.post(BODY);

  assert.equal(status, 404);
  assert.equal(it.database.read((db) => db.prepare("SELECT * FROM route").all()).length, 0);
});

test("a receiver whose Secret is gone is 404 as soon as that is known, though its status still names it", async (t) => {
  const it = await receivingFor(t, { answerWithinMs: 0 });
  await it.kube.admin.delete(SECRETS, SECRET);
  await settle();
  const requests = it.kube.requests.length;

  const answer = await it.post(BODY);

  assert.equal(answer.status, 404);
  assert.equal(it.kube.requests.length, requests);
});

test("a rotated path works at once, and the old one no more", async (t) => {
  const it = await receivingFor(t, { answerWithinMs: 0 });
  await publishReceiver(it.kube, "demo", "/dockerhub/rotated");
  await settle();

  const [rotated, old] = [await it.post(BODY, "/dockerhub/rotated"), await it.post(BODY)];

  assert.deepEqual([rotated.status, old.status], [202, 404]);
});

test("a rotated Secret's path works before it is published, and the published one until it no longer is", async (t) => {
  const it = await receivingFor(t, { answerWithinMs: 0 });
  const data = { secret: Buffer.from("rotated").toString("base64") };
  await it.kube.admin.mergePatch(SECRETS, SECRET, { data });
  await settle();
  const rotated = `/dockerhub/${receiverHash({ project: "demo", name: "r", secret: Buffer.from("rotated") })}`;

  const [derived, published] = [await it.post(BODY, rotated), await it.post(BODY)];
  await publishReceiver(it.kube, "demo", rotated);
  await settle();
  const [now, old] = [await it.post(BODY, rotated), await it.post(BODY)];

  assert.deepEqual([derived.status, published.status, now.status, old.status], [202, 202, 202, 404]);
});

test("what stands before the last two segments of a path is the base URL's, and does not matter", async (t) => {
  const it = await receivingFor(t, { answerWithinMs: 0 });

  const [prefixed, longer, bare] = [
    await it.post(BODY, `/webhooks${PATH}`),
    await it.post(BODY, `${PATH}/more`),
    await it.post(BODY, PATH.replace("/dockerhub", "")),
  ];

  assert.deepEqual([prefixed.status, longer.status, bare.status], [202, 404, 404]);
});

test("while a Secret could not be read, remembered paths go on and an unknown one is 503", async (t) => {
  const it = await receivingFor(t, { answerWithinMs: 0 });
  it.kube.network = (request) => (request.url.includes("/secrets") ? away() : undefined);
  await it.restart();

  const [remembered, unknown] = [await it.post(BODY), await it.post(BODY, "/dockerhub/unknown")];

  assert.deepEqual([remembered.status, unknown.status], [202, 503]);
});

test("two projects with one path are told of, and neither is reached by it", async (t) => {
  const it = await receivingFor(t, { answerWithinMs: 0 });
  await publishReceiver(it.kube, "other", PATH);
  await settle();

  const { status } = await it.post(BODY);

  assert.equal(status, 404);
  assert.deepEqual(
    it.lines.filter((line) => line.includes("same path")),
    ["receivers demo/r and other/r have the same path, so none of them is reached by it: give one another Secret"],
  );
  assert.ok(!it.lines.some((line) => line.includes(PATH)));
});

const duplicateLines = (lines: readonly string[]) => lines.filter((line) => line.includes("same path"));

test("receivers that share a path are told of once, whatever else of their configs changes", async (t) => {
  const it = await receivingFor(t, { answerWithinMs: 0 });
  await publishReceiver(it.kube, "other", PATH);
  await settle();
  const webhookReceivers = [
    { name: "r", dockerhub: { secretRef: { name: "s" } } },
    { name: "second", dockerhub: { secretRef: { name: "s" } } },
  ];

  await it.kube.admin.mergePatch(
    PROJECT_CONFIGS,
    { namespace: "other", name: "other" },
    { spec: { webhookReceivers } },
  );
  await settle();
  const whileRunning = duplicateLines(it.lines).length;
  await it.restart();
  const afterRestart = duplicateLines(it.lines).length - whileRunning;

  assert.deepEqual([whileRunning, afterRestart], [1, 1]);
});

test("receivers that share a path again after they did not are told of again", async (t) => {
  const it = await receivingFor(t, { answerWithinMs: 0 });
  for (const path of [PATH, "/dockerhub/another", PATH]) {
    await publishReceiver(it.kube, "other", path);
    await settle();
  }

  assert.equal(duplicateLines(it.lines).length, 2);
});

test("a start writes no route that it remembers as it is", async (t) => {
  const it = await receivingFor(t, { answerWithinMs: 0 });
  await publishReceiver(it.kube, "other", "/dockerhub/zzzz");
  await publishClusterReceiver(it.kube, "/dockerhub/aaaa");
  await settle();
  it.database.read((db) =>
    db.exec(`CREATE TABLE written (config TEXT);
      CREATE TRIGGER forgotten AFTER DELETE ON route BEGIN INSERT INTO written VALUES (old.config); END;
      CREATE TRIGGER remembered AFTER INSERT ON route BEGIN INSERT INTO written VALUES (new.config); END`),
  );

  await it.restart();
  const written = it.database.read((db) => db.prepare("SELECT config FROM written").all());
  const kept = it.database.read((db) => db.prepare("SELECT DISTINCT config FROM route").all());

  assert.deepEqual([written.length, kept.length], [0, 3]);
});

test("a path that two projects share is the ClusterConfig's when it has it", async (t) => {
  const it = await receivingFor(t, { answerWithinMs: 0 });
  await publishReceiver(it.kube, "other", PATH);
  await publishClusterReceiver(it.kube, PATH);
  await settle();

  const { status } = await it.post(BODY);

  const row = it.database.read((db) => db.prepare("SELECT project, receiver FROM delivery").get());
  assert.deepEqual([status, { ...row }], [202, { project: "", receiver: "c" }]);
});

test("a project's receiver comes before the ClusterConfig's with the same path", async (t) => {
  const it = await receivingFor(t, { answerWithinMs: 0 });
  await publishClusterReceiver(it.kube, PATH);
  await settle();

  await it.post(BODY);

  const row = it.database.read((db) => db.prepare("SELECT project, receiver FROM delivery").get());
  assert.deepEqual({ ...row }, { project: "demo", receiver: "r" });
});

test("requests to unknown paths are counted in one line a minute", async (t) => {
  const it = await receivingFor(t, { answerWithinMs: 0 });
  await it.post(BODY, "/dockerhub/1");
  await it.post(BODY, "/dockerhub/2");

  await it.clock.advance(61_000);

  assert.deepEqual(
    it.lines.filter((line) => line.includes("no receiver has")),
    ["2 requests to paths that no receiver has: is a sender's URL out of date?"],
  );
});

test("routes that could not be kept for the next start are kept once they can be", async (t) => {
  const it = await receivingFor(t, { answerWithinMs: 0 });
  it.database.read((db) =>
    db.exec("CREATE TRIGGER broken BEFORE INSERT ON route BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"),
  );
  await publishReceiver(it.kube, "demo", "/dockerhub/rotated");
  await it.clock.advance(10_000);
  it.database.read((db) => db.exec("DROP TRIGGER broken"));
  await it.clock.advance(120_000);
  it.kube.network = away;
  await it.restart();

  const { status } = await it.post(BODY, "/dockerhub/rotated");

  assert.equal(status, 202);
});
