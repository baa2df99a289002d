// Which changes of a Warehouse its open pushes are judged by anew: thousands of them may wait while as many patches come.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startKube } from "../../test/support/kube.ts";
import { answerRefresh, createWarehouse, getWarehouse, image, PROJECT } from "../../test/support/receiving.ts";
import { settle } from "../../test/support/settle.ts";
import { createTestClock, createTestRandom } from "../../test/support/test-clock.ts";
import { createInformer } from "../kube/informer.ts";
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import { pushesAnnotation } from "../resources/pushes.ts";
import { WAREHOUSES, type Warehouse } from "../resources/warehouse.ts";
import { createPursuer } from "./pursue.ts";
import { createRefresher } from "./refresh.ts";
import { RetryPauses } from "./retry-pauses.ts";
import type { Target } from "./target.ts";
import { createTokenSource } from "./token.ts";

const PUSHES = 40;

/** So many pushes, each with a patch of its own, wait for their answer. */
async function waiting(t: TestContext) {
  const end = new AbortController();
  t.after(() => end.abort());
  const shared = { clock: createTestClock(), random: createTestRandom(), signal: end.signal, replica: "test" };
  const kube = await startKube(shared);
  await createWarehouse(kube, "w", image("example/app"));
  const { uid = "" } = (await getWarehouse(kube, "w")).metadata;
  const watched = { client: kube.client, resource: WAREHOUSES, log: () => {} };
  const informer = createInformer<Warehouse>({ ...shared, ...watched });
  void informer.run(end.signal);
  const [tokens, get] = [createTokenSource(shared), (key: string) => informer.get(key)];
  const refresher = createRefresher({ ...shared, pauses: new RetryPauses(shared), client: kube.client, tokens, get });
  let judged = new Set<string>();
  let judgements = 0;
  const covers = refresher.covers.bind(refresher);
  refresher.covers = (key, entryToken, token) => {
    judged.add(token);
    judgements += 1;
    return covers(key, entryToken, token);
  };
  const pursuer = createPursuer({ ...shared, informer, refresher });
  informer.subscribe(({ key, current }) => pursuer.onWarehouse(key, current));
  await informer.synced;
  const targets = new Map<string, Target>();
  for (let place = 0; place < PUSHES; place += 1) {
    const push = { namespace: PROJECT, name: "w", uid, repoURL: "example/app", tag: `1.0.${place}`, rule: "" };
    pursuer.pursue({ ...push, state: "pending", attempt: 0, activeMs: 0, reason: "" }, (target) =>
      targets.set(target.tag, target),
    );
    await settle();
  }
  return {
    kube,
    states: () => new Set([...targets.values()].map(({ state }) => state)),
    judgements: () => judgements,
    /** How many pushes are judged by what somebody does. */
    async judgedBy(act: () => Promise<unknown>): Promise<number> {
      judged = new Set();
      await act();
      await settle();
      return judged.size;
    },
    annotate: (annotations: Readonly<Record<string, string | null>>) =>
      kube.admin.mergePatch(WAREHOUSES, { namespace: PROJECT, name: "w" }, { metadata: { annotations } }),
  };
}

test("a patch of ours has no other push judged than its own", async (t) => {
  const it = await waiting(t);

  const judgements = it.judgements();

  assert.deepEqual(it.states(), new Set(["refreshed"]));
  assert.ok(judgements <= 4 * PUSHES, `${judgements} judgements of ${PUSHES} pushes`);
});

test("an answer has every push judged, and closes those it is for", async (t) => {
  const it = await waiting(t);

  const judged = await it.judgedBy(() => answerRefresh(it.kube, "w"));

  assert.equal(judged, PUSHES);
  assert.deepEqual(it.states(), new Set(["discovered"]));
});

const THEIRS = "2026-11-24T12:00:06.000000001Z";
const theirList = JSON.stringify([{ token: THEIRS, repoURL: "example/app", tag: "2.0.0" }]);

for (const { name, annotations, all } of [
  { name: "another replica's refresh", annotations: { "dockbell.dev/pushes.b": theirList }, all: false },
  { name: "somebody's refresh that is not handled", annotations: {}, all: false },
  { name: "the removal of the refresh", annotations: { [REFRESH_ANNOTATION]: null }, all: true },
  { name: "the removal of our list", annotations: { [pushesAnnotation("test")]: null }, all: true },
  { name: "another list in place of ours", annotations: { [pushesAnnotation("test")]: theirList }, all: true },
]) {
  test(`${name} has ${all ? "every" : "no"} push judged`, async (t) => {
    const it = await waiting(t);

    const judged = await it.judgedBy(() => it.annotate({ [REFRESH_ANNOTATION]: THEIRS, ...annotations }));

    assert.equal(judged >= PUSHES, all, `${judged} judged`);
  });
}

test("a handled refresh that somebody annotates again has every push judged", async (t) => {
  const it = await waiting(t);
  const key = { namespace: PROJECT, name: "w" };
  const status = { lastHandledRefresh: THEIRS };
  await it.judgedBy(() => it.kube.admin.mergePatch(WAREHOUSES, key, { status }, { subresource: "status" }));

  const judged = await it.judgedBy(() => it.annotate({ [REFRESH_ANNOTATION]: THEIRS }));

  assert.ok(judged >= PUSHES, `${judged} judged`);
});
