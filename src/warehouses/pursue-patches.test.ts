import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answerRefresh,
  createWarehouse,
  getWarehouse,
  image,
  pushesOf,
  receivingFor,
  refused,
  targetStates,
  verdicts,
} from "../../test/support/receiving.ts";
import { readPushes } from "../resources/pushes.ts";

test("a patch that fails is answered 202 at once and tried again until it is written", async (t) => {
  const it = await receivingFor(t);
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
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  it.kube.network = ({ method }) => (method === "PATCH" ? refused(429, 5_000)() : undefined);
  await it.push("example/app", "1.2.3");
  it.kube.network = () => undefined;

  await it.clock.advance(4_000);
  const early = targetStates(it);
  await it.clock.advance(2_000);

  assert.deepEqual([early, targetStates(it)], [["retrying no"], ["refreshed"]]);
});

for (const { name, fail, state } of [
  { name: "the API refuses", fail: true, state: "failed no" },
  { name: "no controller answers", fail: false, state: "failed it stayed unanswered for a day" },
]) {
  test(`a refresh that ${name} for a day of running time is given up`, async (t) => {
    const it = await receivingFor(t);
    await createWarehouse(it.kube, "w", image("example/app"));
    if (fail) it.kube.network = ({ method }) => (method === "PATCH" ? refused(403)() : undefined);
    await it.push("example/app", "1.2.3");
    await it.clock.advance(1_000);
    it.database.read((db) => db.exec("UPDATE target SET active_ms = 86380000"));
    await it.restart();
    await it.clock.advance(14_000);
    const before = verdicts(it);

    await it.clock.advance(46_000);

    assert.deepEqual([before, verdicts(it)], [["open"], ["done"]]);
    assert.deepEqual(targetStates(it), [state]);
  });
}

test("a failed discovery that its controller does not answer again is given up after a day", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.2.3");
  await answerRefresh(it.kube, "w", { failed: ["example/app:1.2.3"] });
  it.database.read((db) => db.exec("UPDATE target SET active_ms = 86380000"));
  await it.restart();
  const before = targetStates(it);

  await it.clock.advance(30_000);

  assert.deepEqual([before, targetStates(it)], [["retrying discovery failed"], ["failed discovery failed"]]);
});

test("an unusable push that nobody follows leaves the list with the next patch", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.2.3");
  await answerRefresh(it.kube, "w", { unusable: ["example/app:1.2.3"] });

  await it.push("example/app", "1.2.4");

  assert.deepEqual(verdicts(it), ["done", "open"]);
  assert.deepEqual(pushesOf(await getWarehouse(it.kube, "w")), ["example/app:1.2.4"]);
});

test("many pushes for one Warehouse share patches, and never two are under way", async (t) => {
  const it = await receivingFor(t);
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
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  const tags = Array.from({ length: 150 }, (_, place) => `1.0.${place}`);
  await Promise.all(tags.map((tag) => it.push("example/app", tag)));
  const folded = pushesOf(await getWarehouse(it.kube, "w"));
  const found = tags.slice(1).map((tag) => ({ tag, digest: "sha256:0" }));

  await answerRefresh(it.kube, "w", { artifacts: { images: [{ repoURL: "example/app", references: found }] } });
  const missed = targetStates(it).filter((state) => !state.startsWith("discovered"));
  await it.clock.advance(1_000);

  const named = pushesOf(await getWarehouse(it.kube, "w"));
  assert.equal(folded[0], "full-scan");
  assert.deepEqual(missed, ["not-visible a full scan did not find the tag: it is asked for by name again"]);
  assert.ok(JSON.stringify(readPushes(await getWarehouse(it.kube, "w"))).length < 8 * 1024);
  assert.deepEqual(named, ["example/app:1.0.0"]);
  assert.equal(verdicts(it).filter((verdict) => verdict === "done").length, 149);
});
