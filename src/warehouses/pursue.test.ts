import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answerRefresh,
  BOOKMARK_MS,
  createWarehouse,
  getWarehouse,
  handleRefresh,
  image,
  PROJECT,
  pushesOf,
  REPLICA,
  type Receiving,
  receivingFor,
  refreshToken,
  targetStates,
  verdicts,
} from "../../test/support/receiving.ts";
import { settle } from "../../test/support/settle.ts";
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import { WAREHOUSES } from "../resources/warehouse.ts";

for (const { said, state } of [
  { said: { notWanted: ["example/app:1.2.3"] }, state: "not-wanted the tag is not among the newest it keeps" },
  { said: { unchanged: ["example/app:1.2.3"] }, state: "discovered digest unchanged" },
  { said: { notVisible: ["example/app:1.2.3"] }, state: "not-visible the registry does not show the tag yet" },
  {
    said: { notVisible: ["example/app:1.2.3"], unchanged: ["example/app:1.2.3"] },
    state: "not-visible digest unchanged so far: the registry may yet show a new one",
  },
  { said: { failed: ["example/app:1.2.3"] }, state: "retrying discovery failed" },
  { said: { unusable: ["example/app:1.2.3"] }, state: "failed discovery failed" },
]) {
  test(`what the controller says of a push is its state: ${state}`, async (t) => {
    const it = await receivingFor(t);
    await createWarehouse(it.kube, "w", image("example/app"));
    await it.push("example/app", "1.2.3");

    await answerRefresh(it.kube, "w", said);

    assert.deepEqual(targetStates(it), [state]);
  });
}

test("a tag that stays invisible for a quarter of an hour is given up, and the delivery is done", async (t) => {
  const it = await receivingFor(t);
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

test("a tag whose first look comes late is looked for as long as any, across a restart and beside other pushes", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.2.3");
  await it.clock.advance(20 * 60_000);
  await answerRefresh(it.kube, "w", { notVisible: ["example/app:1.2.3"] });
  await it.restart();
  await it.push("example/app", "1.2.4");
  const asked = pushesOf(await getWarehouse(it.kube, "w"));
  await it.clock.advance(15 * 60_000);
  const before = verdicts(it);

  await it.clock.advance(2 * 60_000);

  assert.deepEqual(asked, ["example/app:1.2.3", "example/app:1.2.4"]);
  assert.deepEqual(
    [before, verdicts(it)],
    [
      ["open", "open"],
      ["done", "open"],
    ],
  );
});

test("a tag that was invisible before a restart is given up after it, in running time", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.2.3");
  await it.clock.advance(60_000);
  await answerRefresh(it.kube, "w", { notVisible: ["example/app:1.2.3"] });
  await it.restart();
  await it.clock.advance(12 * 60_000);
  const before = verdicts(it);

  await it.clock.advance(4 * 60_000);

  assert.deepEqual(before, ["open"]);
  assert.deepEqual(verdicts(it), ["done"]);
  assert.deepEqual(targetStates(it), ["not-visible the registry did not show the tag for 15 minutes"]);
});

for (const { name, between } of [
  { name: "the next patch", between: async () => undefined },
  { name: "the next patch after a restart", between: (it: Receiving) => it.restart() },
]) {
  test(`a tag that was given up leaves the list with ${name}`, async (t) => {
    const it = await receivingFor(t);
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
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.0.0");
  await handleRefresh(it.kube, "w");

  await it.push("example/app", "1.1.0");

  assert.equal(targetStates(it)[0], "handled its controller handled the refresh");
  assert.deepEqual(pushesOf(await getWarehouse(it.kube, "w")), ["example/app:1.1.0"]);
});

test("a refresh that somebody else's token overtook is written again", async (t) => {
  const it = await receivingFor(t);
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
  const it = await receivingFor(t);
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
    const it = await receivingFor(t);
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

test("a Warehouse that is deleted is gone; one recreated under its name is refreshed too", async (t) => {
  const it = await receivingFor(t);
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

test("a Warehouse recreated while its patch is under way is refreshed, though the watch still shows the old one", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  const [patch, watch] = [Promise.withResolvers<undefined>(), Promise.withResolvers<void>()];
  it.kube.network = ({ method }) => (method === "PATCH" ? patch.promise : undefined);
  const answer = it.push("example/app", "1.2.3");
  await it.clock.advance(BOOKMARK_MS);
  it.kube.watches = watch.promise;
  await it.kube.admin.delete(WAREHOUSES, { namespace: PROJECT, name: "w" });
  await createWarehouse(it.kube, "w", image("example/app"));
  patch.resolve(undefined);
  await settle();
  const whileUnseen = verdicts(it);

  watch.resolve();
  await settle();

  assert.equal((await answer).status, 202);
  assert.deepEqual(whileUnseen, ["open"]);
  assert.deepEqual(new Set(targetStates(it)), new Set(["gone the Warehouse was deleted", "refreshed"]));
});

test("a Warehouse that is deleted while its patch is under way holds its delivery no longer than until that is seen", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  const [patch, watch] = [Promise.withResolvers<undefined>(), Promise.withResolvers<void>()];
  it.kube.network = ({ method }) => (method === "PATCH" ? patch.promise : undefined);
  const answer = it.push("example/app", "1.2.3");
  await it.clock.advance(BOOKMARK_MS);
  it.kube.watches = watch.promise;
  await it.kube.admin.delete(WAREHOUSES, { namespace: PROJECT, name: "w" });
  patch.resolve(undefined);
  await settle();
  const whileUnseen = verdicts(it);

  watch.resolve();
  await it.clock.advance(BOOKMARK_MS);

  assert.equal((await answer).status, 202);
  assert.deepEqual([whileUnseen, verdicts(it)], [["open"], ["done"]]);
});

/** What Kargo's controller writes of a failed discovery, and a moment later, when it has not tried again. */
async function failRefresh(it: Receiving): Promise<void> {
  const lastHandledRefresh = refreshToken(await getWarehouse(it.kube, "w"));
  const ready = { type: "Ready", lastTransitionTime: "2026-01-02T03:04:05Z" };
  const failed = { ...ready, status: "False", reason: "DiscoveryFailure", message: "the registry is away" };
  const settled = { ...ready, status: "True", reason: "ArtifactsDiscovered", message: "" };
  for (const status of [{ conditions: [failed], lastHandledRefresh }, { conditions: [settled] }]) {
    await it.kube.admin.mergePatch(
      WAREHOUSES,
      { namespace: PROJECT, name: "w" },
      { status },
      { subresource: "status" },
    );
  }
  await settle();
}

test("a refresh that Kargo's controller handled without discovering is written again, later each time", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.2.3");
  const first = refreshToken(await getWarehouse(it.kube, "w"));
  await failRefresh(it);
  const failed = targetStates(it);
  const meanwhile = refreshToken(await getWarehouse(it.kube, "w"));

  await it.clock.advance(500);
  const second = refreshToken(await getWarehouse(it.kube, "w"));
  await failRefresh(it);
  await it.clock.advance(999);
  const justBefore = refreshToken(await getWarehouse(it.kube, "w"));
  await it.clock.advance(1);
  const third = refreshToken(await getWarehouse(it.kube, "w"));
  await handleRefresh(it.kube, "w");

  assert.deepEqual(failed, ["retrying the registry is away"]);
  assert.deepEqual([meanwhile, justBefore], [first, second]);
  assert.equal(new Set([first, second, third]).size, 3);
  assert.deepEqual(targetStates(it), ["handled its controller handled the refresh"]);
});

test("a refresh whose discovery failed before a restart is written again after it", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.2.3");
  const first = refreshToken(await getWarehouse(it.kube, "w"));
  await failRefresh(it);

  await it.restart();

  const again = refreshToken(await getWarehouse(it.kube, "w"));
  assert.ok(again !== first);
  assert.deepEqual(targetStates(it), ["refreshed"]);
});

test("a Warehouse that is deleted while its refresh waits for the next try is gone", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.2.3");
  await failRefresh(it);

  await it.kube.admin.delete(WAREHOUSES, { namespace: PROJECT, name: "w" });
  await it.clock.advance(60_000);

  assert.deepEqual(targetStates(it), ["gone the Warehouse was deleted"]);
});
