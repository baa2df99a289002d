import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answerRefresh,
  BOOKMARK_MS,
  createWarehouse,
  getWarehouse,
  image,
  publishClusterReceiver,
  pushesOf,
  receivingFor,
  refreshToken,
  refused,
  targetStates,
  verdicts,
} from "../../test/support/receiving.ts";
import { settle, until } from "../../test/support/settle.ts";

test("a push refreshes the Warehouse that wants it and names itself in its list", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app", { constraint: "^1.0.0" }));

  const answer = await it.push("example/app", "1.2.3");

  assert.equal(answer.text, '{"msg":"refreshed 1 warehouse(s)"}\n');
  const warehouse = await getWarehouse(it.kube, "w");
  assert.deepEqual(pushesOf(warehouse), ["example/app:1.2.3"]);
  assert.match(refreshToken(warehouse) ?? "", /^2026-11-24T12:00:00\.\d{9}Z$/);
});

test("a push for many Warehouses tells at once how many still wait", async (t) => {
  const it = await receivingFor(t);
  for (let place = 0; place < 40; place += 1) await createWarehouse(it.kube, `w-${place}`, image("example/app"));
  const patches = Promise.withResolvers<undefined>();
  it.kube.network = ({ method }) => (method === "PATCH" ? patches.promise : undefined);
  const answer = it.push("example/app", "1.2.3");
  await it.clock.advance(2_000);
  const waiting = targetStates(it);

  patches.resolve(undefined);
  await settle();

  assert.equal((await answer).status, 202);
  assert.deepEqual(
    waiting,
    Array.from({ length: 40 }, () => "pending"),
  );
  assert.deepEqual(new Set(targetStates(it)), new Set(["refreshed"]));
});

test("a delivery is done when the controller discovered the push", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.2.3");

  await answerRefresh(it.kube, "w");

  assert.deepEqual([targetStates(it), verdicts(it)], [["discovered"], ["done"]]);
  assert.match(it.lines.join("\n"), /push example\/app:1\.2\.3 → demo\/w discovered in \d+ ms/);
});

test("an unmatched push becomes final only when the index is known to be newer than it", async (t) => {
  const it = await receivingFor(t);
  const answer = await it.push("example/app", "1.2.3");
  const before = verdicts(it);

  await it.clock.advance(BOOKMARK_MS);

  assert.equal(answer.text, '{"msg":"refreshed 0 warehouse(s)"}\n');
  assert.deepEqual([before, verdicts(it)], [["open"], ["unmatched no Warehouse subscribes to the repository"]]);
});

test("a webhook that names no repository is told to be one", async (t) => {
  const it = await receivingFor(t);
  const answer = await it.post('{"docker_url":"quay.io/example/app","updated_tags":["1.2.3"]}');

  await it.clock.advance(BOOKMARK_MS);

  assert.equal(answer.text, '{"msg":"refreshed 0 warehouse(s)"}\n');
  assert.deepEqual(verdicts(it), ["unmatched the webhook names no repository: is it another sender's?"]);
});

test("a Warehouse the index learns of just after a push is refreshed for it", async (t) => {
  const it = await receivingFor(t);
  await it.push("example/app", "1.2.3");

  await createWarehouse(it.kube, "w", image("example/app"));

  assert.deepEqual(pushesOf(await getWarehouse(it.kube, "w")), ["example/app:1.2.3"]);
  assert.deepEqual(targetStates(it), ["refreshed"]);
});

test("why a Warehouse was not matched is kept with the delivery", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app", { constraint: "^2.0.0" }));
  await it.push("example/app", "1.2.3");

  await it.clock.advance(BOOKMARK_MS);

  assert.deepEqual(verdicts(it), ['unmatched demo/w: constraint "^2.0.0" does not admit it']);
  const rules = it.database.read((db) => db.prepare("SELECT namespace, name, rule FROM not_matched").all());
  assert.deepEqual(
    rules.map((row) => ({ ...row })),
    [{ namespace: "demo", name: "w", rule: 'constraint "^2.0.0" does not admit it' }],
  );
});

test("a push to a ClusterConfig's receiver refreshes Warehouses of every namespace", async (t) => {
  const it = await receivingFor(t);
  await publishClusterReceiver(it.kube, "/dockerhub/cluster");
  await createWarehouse(it.kube, "w", image("example/app"));
  await createWarehouse(it.kube, "w", image("example/app"), "other");

  const [cluster, project] = [
    await it.push("example/app", "1.0.0", "/dockerhub/cluster"),
    await it.push("example/app", "1.0.1"),
  ];

  assert.equal(cluster.text, '{"msg":"refreshed 2 warehouse(s)"}\n');
  assert.equal(project.text, '{"msg":"refreshed 1 warehouse(s)"}\n');
});

test("a push for a mirror's name refreshes a subscription to the registry, and the other way round", async (t) => {
  const it = await receivingFor(t, { registryAliases: ["mirror.example.com=docker.io"] });
  await createWarehouse(it.kube, "hub", image("example/app"));
  await createWarehouse(it.kube, "mirror", image("mirror.example.com/example/app"));

  const answers = [await it.push("mirror.example.com/example/app", "1.0.0"), await it.push("example/app", "1.0.1")];

  assert.deepEqual(new Set(answers.map(({ text }) => text)), new Set(['{"msg":"refreshed 2 warehouse(s)"}\n']));
  assert.deepEqual(pushesOf(await getWarehouse(it.kube, "mirror")), [
    "mirror.example.com/example/app:1.0.0",
    "mirror.example.com/example/app:1.0.1",
  ]);
});

test("a tag no registry could hold asks for a full scan instead of standing in the list", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app", { imageSelectionStrategy: "Lexical" }));

  await it.push("example/app", "x; not visible: example/app:1.0.0");

  assert.deepEqual(pushesOf(await getWarehouse(it.kube, "w")), ["full-scan"]);
});

test("a delivery accepted before the Warehouses are listed waits for them", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  it.kube.network = ({ url }) => (url.includes("/warehouses") ? refused(503)() : undefined);
  await it.restart();

  const answer = it.push("example/app", "1.2.3");
  await it.clock.advance(3_000);
  const early = await answer;
  it.kube.network = () => undefined;
  await it.clock.advance(60_000);

  assert.equal(early.status, 202);
  await until(() => targetStates(it).length === 1);
  assert.deepEqual(targetStates(it), ["refreshed"]);
});
