import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  answerRefresh,
  createWarehouse,
  getWarehouse,
  handleRefresh,
  image,
  PROJECT,
  publishClusterReceiver,
  REPLICA,
  type Receiving,
  refreshToken,
  startReceiving,
  targetStates,
  verdicts,
} from "../../test/support/receiving.ts";
import { settle, until } from "../../test/support/settle.ts";
import { KubeError } from "../errors.ts";
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import { readPushes } from "../resources/pushes.ts";
import { WAREHOUSES } from "../resources/warehouse.ts";

async function receiving(t: TestContext, options: Parameters<typeof startReceiving>[0] = {}): Promise<Receiving> {
  const started = await startReceiving(options);
  t.after(() => started.dispose());
  return started;
}

function pushesOf(warehouse: Parameters<typeof readPushes>[0]): readonly string[] {
  return (readPushes(warehouse).get(REPLICA) ?? []).map((entry) =>
    "tag" in entry ? `${entry.repoURL}:${entry.tag}` : "full-scan",
  );
}

/** A bookmark: the embedded API sends one every ten seconds. */
const BOOKMARK_MS = 10_001;

function refused(status: number, retryAfterMs?: number): () => Promise<never> {
  return () => Promise.reject(new KubeError("no", { status, reason: "", retryAfterMs }));
}

test("a push refreshes the Warehouse that wants it and names itself in its list", async (t) => {
  const it = await receiving(t);
  await createWarehouse(it.kube, "w", image("example/app", { constraint: "^1.0.0" }));

  const answer = await it.push("example/app", "1.2.3");

  assert.equal(answer.text, '{"msg":"refreshed 1 warehouse(s)"}\n');
  const warehouse = await getWarehouse(it.kube, "w");
  assert.deepEqual(pushesOf(warehouse), ["example/app:1.2.3"]);
  assert.match(refreshToken(warehouse) ?? "", /^2026-11-24T12:00:00\.\d{9}Z$/);
});

test("a delivery is done when the controller discovered the push", async (t) => {
  const it = await receiving(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.2.3");

  await answerRefresh(it.kube, "w");

  assert.deepEqual([targetStates(it), verdicts(it)], [["discovered"], ["done"]]);
  assert.match(it.lines.join("\n"), /push example\/app:1\.2\.3 → demo\/w discovered in \d+ ms/);
});

for (const { said, state } of [
  { said: { notWanted: ["example/app:1.2.3"] }, state: "not-wanted the tag is not among the newest it keeps" },
  { said: { unchanged: ["example/app:1.2.3"] }, state: "discovered digest unchanged" },
  { said: { notVisible: ["example/app:1.2.3"] }, state: "not-visible the registry does not show the tag yet" },
  { said: { failed: ["example/app:1.2.3"] }, state: "retrying discovery failed" },
]) {
  test(`what the controller says of a push is its state: ${state}`, async (t) => {
    const it = await receiving(t);
    await createWarehouse(it.kube, "w", image("example/app"));
    await it.push("example/app", "1.2.3");

    await answerRefresh(it.kube, "w", said);

    assert.deepEqual(targetStates(it), [state]);
  });
}

test("a tag that stays invisible for a quarter of an hour is given up, and the delivery is done", async (t) => {
  const it = await receiving(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.2.3");
  await answerRefresh(it.kube, "w", { notVisible: ["example/app:1.2.3"] });
  await it.clock.advance(14 * 60_000);
  const before = verdicts(it);

  await it.clock.advance(3 * 60_000);

  assert.deepEqual(before, ["open"]);
  assert.deepEqual(verdicts(it), ["done"]);
  assert.deepEqual(targetStates(it), ["not-visible the registry did not show the tag for 15 minutes"]);
});

for (const { name, between } of [
  { name: "the next patch", between: async () => undefined },
  { name: "the next patch after a restart", between: (it: Receiving) => it.restart() },
]) {
  test(`a tag that was given up leaves the list with ${name}`, async (t) => {
    const it = await receiving(t);
    await createWarehouse(it.kube, "w", image("example/app"));
    await it.push("example/app", "1.2.3");
    await answerRefresh(it.kube, "w", { notVisible: ["example/app:1.2.3"] });
    await it.clock.advance(17 * 60_000);
    await between(it);

    await it.push("example/app", "1.2.4");

    assert.deepEqual(pushesOf(await getWarehouse(it.kube, "w")), ["example/app:1.2.4"]);
  });
}

test("beside Kargo a refresh is handled, and handled entries leave the list with the next patch", async (t) => {
  const it = await receiving(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.0.0");
  await handleRefresh(it.kube, "w");

  await it.push("example/app", "1.1.0");

  assert.equal(targetStates(it)[0], "handled its controller handled the refresh");
  assert.deepEqual(pushesOf(await getWarehouse(it.kube, "w")), ["example/app:1.1.0"]);
});

test("a refresh that somebody else's token overtook is written again", async (t) => {
  const it = await receiving(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.2.3");
  const first = refreshToken(await getWarehouse(it.kube, "w"));
  const annotations = { [REFRESH_ANNOTATION]: "2026-11-24T12:00:05Z" };
  await it.kube.admin.mergePatch(WAREHOUSES, { namespace: PROJECT, name: "w" }, { metadata: { annotations } });
  await settle();
  const whileUnhandled = refreshToken(await getWarehouse(it.kube, "w"));

  await handleRefresh(it.kube, "w");

  const again = refreshToken(await getWarehouse(it.kube, "w"));
  assert.equal(whileUnhandled, "2026-11-24T12:00:05Z");
  assert.ok(again !== whileUnhandled && again !== first);
});

test("another replica's later token covers ours once it is handled", async (t) => {
  const it = await receiving(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.2.3");
  const theirs = "2026-11-24T12:00:06.000000001Z";
  const annotations = {
    [REFRESH_ANNOTATION]: theirs,
    "dockbell.dev/pushes.other": JSON.stringify([{ token: theirs, repoURL: "example/app", tag: "1.2.4" }]),
  };
  await it.kube.admin.mergePatch(WAREHOUSES, { namespace: PROJECT, name: "w" }, { metadata: { annotations } });

  await handleRefresh(it.kube, "w");

  assert.deepEqual(targetStates(it), ["handled its controller handled a later refresh"]);
});

for (const { name, annotations } of [
  { name: "the refresh annotation was removed", annotations: { [REFRESH_ANNOTATION]: null } },
  { name: "our list was removed", annotations: { [`dockbell.dev/pushes.${REPLICA}`]: null } },
]) {
  test(`a refresh is written again when ${name}`, async (t) => {
    const it = await receiving(t);
    await createWarehouse(it.kube, "w", image("example/app"));
    await it.push("example/app", "1.2.3");
    const first = refreshToken(await getWarehouse(it.kube, "w"));

    await it.kube.admin.mergePatch(WAREHOUSES, { namespace: PROJECT, name: "w" }, { metadata: { annotations } });
    await settle();

    const warehouse = await getWarehouse(it.kube, "w");
    assert.notEqual(refreshToken(warehouse) ?? first, first);
    assert.deepEqual(pushesOf(warehouse), ["example/app:1.2.3"]);
  });
}

test("a patch that fails is answered 202 at once and tried again until it is written", async (t) => {
  const it = await receiving(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  it.kube.network = ({ method }) => (method === "PATCH" ? refused(500)() : undefined);

  const answer = await it.push("example/app", "1.2.3");
  it.kube.network = () => undefined;
  await it.clock.advance(200);

  assert.equal(answer.status, 202);
  assert.match(answer.text, /^{"msg":"accepted","delivery":"[0-9a-f-]{36}"}\n$/);
  assert.deepEqual(targetStates(it), ["refreshed"]);
  assert.deepEqual(pushesOf(await getWarehouse(it.kube, "w")), ["example/app:1.2.3"]);
});

test("the API's Retry-After is kept", async (t) => {
  const it = await receiving(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  it.kube.network = ({ method }) => (method === "PATCH" ? refused(429, 5_000)() : undefined);
  await it.push("example/app", "1.2.3");
  it.kube.network = () => undefined;

  await it.clock.advance(4_000);
  const early = targetStates(it);
  await it.clock.advance(2_000);

  assert.deepEqual([early, targetStates(it)], [["retrying no"], ["refreshed"]]);
});

test("many pushes for one Warehouse share patches, and never two are under way", async (t) => {
  const it = await receiving(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  let underWay = 0;
  let most = 0;
  let patches = 0;
  it.kube.network = ({ method }) => {
    if (method !== "PATCH") return undefined;
    patches += 1;
    underWay += 1;
    most = Math.max(most, underWay);
    void it.clock.sleep(100).then(() => {
      underWay -= 1;
    });
    return undefined;
  };

  const answers = Array.from({ length: 50 }, (_, place) => it.push("example/app", `1.0.${place}`));
  await it.clock.advance(1_000);
  await Promise.all(answers);
  await answerRefresh(it.kube, "w");

  assert.equal(most <= 2 && patches < 10, true, `${patches} patches, ${most} at once`);
  assert.deepEqual(new Set(verdicts(it)), new Set(["done"]));
  assert.deepEqual(new Set(targetStates(it)), new Set(["discovered"]));
});

test("more pushes than a list holds are folded into a full scan, and those it did not find are asked for by name", async (t) => {
  const it = await receiving(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  const tags = Array.from({ length: 150 }, (_, place) => `1.0.${place}`);
  await Promise.all(tags.map((tag) => it.push("example/app", tag)));
  const folded = pushesOf(await getWarehouse(it.kube, "w"));
  const found = tags.slice(1).map((tag) => ({ tag, digest: "sha256:0" }));

  await answerRefresh(it.kube, "w", { artifacts: { images: [{ repoURL: "example/app", references: found }] } });

  const named = pushesOf(await getWarehouse(it.kube, "w"));
  assert.equal(folded[0], "full-scan");
  assert.ok(JSON.stringify(readPushes(await getWarehouse(it.kube, "w"))).length < 8 * 1024);
  assert.deepEqual(named, ["example/app:1.0.0"]);
  assert.equal(verdicts(it).filter((verdict) => verdict === "done").length, 149);
});

test("a Warehouse that is deleted is gone; one recreated under its name is refreshed too", async (t) => {
  const it = await receiving(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.2.3");

  await it.kube.admin.delete(WAREHOUSES, { namespace: PROJECT, name: "w" });
  await settle();
  const deleted = targetStates(it);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.2.4");

  assert.deepEqual(deleted, ["gone the Warehouse was deleted"]);
  assert.deepEqual(targetStates(it), ["gone the Warehouse was deleted", "refreshed"]);
  assert.deepEqual(pushesOf(await getWarehouse(it.kube, "w")), ["example/app:1.2.4"]);
});

test("an unmatched push becomes final only when the index is known to be newer than it", async (t) => {
  const it = await receiving(t);
  const answer = await it.push("example/app", "1.2.3");
  const before = verdicts(it);

  await it.clock.advance(BOOKMARK_MS);

  assert.equal(answer.text, '{"msg":"refreshed 0 warehouse(s)"}\n');
  assert.deepEqual([before, verdicts(it)], [["open"], ["unmatched no Warehouse subscribes to the repository"]]);
});

test("a Warehouse the index learns of just after a push is refreshed for it", async (t) => {
  const it = await receiving(t);
  await it.push("example/app", "1.2.3");

  await createWarehouse(it.kube, "w", image("example/app"));

  assert.deepEqual(pushesOf(await getWarehouse(it.kube, "w")), ["example/app:1.2.3"]);
  assert.deepEqual(targetStates(it), ["refreshed"]);
});

test("why a Warehouse was not matched is kept with the delivery", async (t) => {
  const it = await receiving(t);
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

test("a restart looks at the API before it patches again", async (t) => {
  const it = await receiving(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.2.3");
  await settle();
  it.crash();
  await answerRefresh(it.kube, "w");
  const patches = () => it.kube.requests.filter((line) => line.startsWith("PATCH")).length;
  const before = patches();

  await it.restart();

  assert.equal(patches(), before);
  assert.deepEqual([targetStates(it), verdicts(it)], [["discovered"], ["done"]]);
});

test("a restart takes up what was recorded and never refreshed", async (t) => {
  const it = await receiving(t, { answerWithinMs: 0 });
  await createWarehouse(it.kube, "w", image("example/app"));
  it.kube.network = ({ method }) => (method === "PATCH" ? refused(500)() : undefined);
  await it.push("example/app", "1.2.3");
  it.kube.network = () => undefined;

  await it.restart();

  assert.deepEqual(pushesOf(await getWarehouse(it.kube, "w")), ["example/app:1.2.3"]);
  assert.deepEqual(targetStates(it), ["refreshed"]);
});

test("running time is counted across a restart, the time between is not", async (t) => {
  const it = await receiving(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.2.3");
  await answerRefresh(it.kube, "w", { notVisible: ["example/app:1.2.3"] });
  await it.clock.advance(8 * 60_000);
  await answerRefresh(it.kube, "w", { failed: ["example/app:1.2.3"] });
  it.crash();
  await it.clock.advance(60 * 60_000);
  await it.restart();
  await answerRefresh(it.kube, "w", { notVisible: ["example/app:1.2.3"] });

  await it.clock.advance(5 * 60_000);
  const early = verdicts(it);
  await it.clock.advance(4 * 60_000);

  assert.deepEqual([early, verdicts(it)], [["open"], ["done"]]);
});

test("entries of our list that the log does not know are taken up at start", async (t) => {
  const it = await receiving(t);
  it.crash();
  await createWarehouse(it.kube, "w", image("example/app"));
  const token = "2026-01-01T00:00:00.000000001Z";
  const entry = { token, repoURL: "example/app", tag: "1.0.0" };
  const annotations = { [`dockbell.dev/pushes.${REPLICA}`]: JSON.stringify([entry]) };
  await it.kube.admin.mergePatch(WAREHOUSES, { namespace: PROJECT, name: "w" }, { metadata: { annotations } });

  await it.restart();

  const warehouse = await getWarehouse(it.kube, "w");
  assert.deepEqual(pushesOf(warehouse), ["example/app:1.0.0"]);
  assert.notEqual(refreshToken(warehouse) ?? token, token);
});

test("a push to a ClusterConfig's receiver refreshes Warehouses of every namespace", async (t) => {
  const it = await receiving(t);
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
  const it = await receiving(t, { registryAliases: ["mirror.example.com=docker.io"] });
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
  const it = await receiving(t);
  await createWarehouse(it.kube, "w", image("example/app", { imageSelectionStrategy: "Lexical" }));

  await it.push("example/app", "x; not visible: example/app:1.0.0");

  assert.deepEqual(pushesOf(await getWarehouse(it.kube, "w")), ["full-scan"]);
});

test("a delivery accepted before the Warehouses are listed waits for them", async (t) => {
  const it = await receiving(t);
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
