import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startKube } from "../../test/support/kube.ts";
import { createWarehouse, getWarehouse, image, PROJECT, refreshToken } from "../../test/support/receiving.ts";
import { settle } from "../../test/support/settle.ts";
import { createTestClock, createTestRandom } from "../../test/support/test-clock.ts";
import { KubeError, TransportError } from "../errors.ts";
import { readPushes } from "../resources/pushes.ts";
import { createRefresher, type RefreshRequest } from "./refresh.ts";
import { RetryPauses } from "./retry-pauses.ts";
import { createTokenSource } from "./token.ts";

async function refreshing(t: TestContext) {
  const end = new AbortController();
  t.after(() => end.abort());
  const clock = createTestClock();
  const random = createTestRandom();
  const kube = await startKube({ clock, random, signal: end.signal });
  await createWarehouse(kube, "w", image("example/app"));
  const refresher = createRefresher({
    client: kube.client,
    tokens: createTokenSource({ clock, random }),
    replica: "a",
    pauses: new RetryPauses({ clock, random, signal: end.signal }),
    clock,
    signal: end.signal,
    get: () => undefined,
  });
  const failures: unknown[] = [];
  const request = (tag: string, more: Partial<RefreshRequest> = {}): RefreshRequest => ({
    key: `${PROJECT}/w`,
    namespace: PROJECT,
    name: "w",
    repoURL: "example/app",
    tag,
    untilMs: Number.POSITIVE_INFINITY,
    isFollowed: () => false,
    onFailure: (error) => void failures.push(error),
    ...more,
  });
  return { clock, kube, refresher, request, failures };
}

const refuse = () => Promise.reject(new KubeError("refused", { status: 403, reason: "Forbidden" }));

test("a refresh writes its token and its push in one patch", async (t) => {
  const { kube, refresher, request } = await refreshing(t);

  const refreshed = await refresher.refresh(request("1.0.0"));

  const warehouse = await getWarehouse(kube, "w");
  const token = refreshToken(warehouse) ?? "";
  assert.deepEqual(refreshed, { kind: "refreshed", token, uid: warehouse.metadata.uid });
  assert.deepEqual(readPushes(warehouse).get("a"), [{ token, repoURL: "example/app", tag: "1.0.0" }]);
});

test("what comes while a patch is under way shares the next one, whose token covers the first", async (t) => {
  const { kube, refresher, request } = await refreshing(t);

  const begun = [refresher.refresh(request("1.0.0"))];
  await Promise.resolve();
  const later = ["1.0.1", "1.0.2"].map((tag) => refresher.refresh(request(tag)));

  const results = await Promise.all([...begun, ...later]);
  const [first, second, third] = results.map((one) => (one.kind === "refreshed" ? one.token : ""));
  assert.equal(kube.requests.filter((line) => line.startsWith("PATCH")).length, 2);
  assert.equal(second, third);
  assert.ok(refresher.covers(`${PROJECT}/w`, second ?? "", first ?? ""));
  assert.ok(!refresher.covers(`${PROJECT}/w`, first ?? "", second ?? ""));
});

test("what is asked for in one go shares a patch", async (t) => {
  const { kube, refresher, request } = await refreshing(t);

  await Promise.all(["1.0.0", "1.0.1"].map((tag) => refresher.refresh(request(tag))));

  assert.equal(kube.requests.filter((line) => line.startsWith("PATCH")).length, 1);
});

test("what comes shortly after a patch that several shared shares the next one", async (t) => {
  const { clock, kube, refresher, request } = await refreshing(t);
  await Promise.all(["1.0.0", "1.0.1"].map((tag) => refresher.refresh(request(tag))));
  const next = [refresher.refresh(request("1.0.2"))];
  await clock.advance(3);
  next.push(refresher.refresh(request("1.0.3")));
  const patchesBefore = kube.requests.filter((line) => line.startsWith("PATCH")).length;

  await clock.advance(1);

  const [third, fourth] = await Promise.all(next);
  assert.equal(patchesBefore, 1);
  assert.equal(kube.requests.filter((line) => line.startsWith("PATCH")).length, 2);
  assert.deepEqual(third, fourth);
});

test("pushes that come one by one wait for nothing, nor does the first one a while after a shared patch", async (t) => {
  const { clock, kube, refresher, request } = await refreshing(t);

  for (const tag of ["1.0.0", "1.0.1"]) await refresher.refresh(request(tag));
  await Promise.all(["1.0.2", "1.0.3"].map((tag) => refresher.refresh(request(tag))));
  await clock.advance(4);
  await refresher.refresh(request("1.0.4"));

  assert.equal(kube.requests.filter((line) => line.startsWith("PATCH")).length, 4);
});

test("a Warehouse that is not there is gone", async (t) => {
  const { refresher, request } = await refreshing(t);

  const refreshed = await refresher.refresh(request("1.0.0", { key: `${PROJECT}/x`, name: "x" }));

  assert.deepEqual(refreshed, { kind: "gone" });
});

test("failed patches are tried again with growing pauses, and who comes meanwhile is told at once", async (t) => {
  const { clock, kube, refresher, request, failures } = await refreshing(t);
  kube.network = refuse;
  const refreshed = Promise.all([refresher.refresh(request("1.0.0"))]);
  await clock.advance(5_000);
  const tries = kube.requests.length;
  const late = refresher.refresh(request("1.0.1"));
  const toldTo = failures.length;
  kube.network = () => undefined;

  await clock.advance(10_000);

  assert.ok(tries > 4 && tries < 9, `${tries} tries`);
  assert.equal(toldTo, tries + 1);
  assert.deepEqual([(await refreshed)[0]?.kind, (await late).kind], ["refreshed", "refreshed"]);
});

test("a patch that failed while the API was away is tried again as soon as another succeeds", async (t) => {
  const { clock, kube, refresher, request } = await refreshing(t);
  await createWarehouse(kube, "other", image("example/app"));
  kube.network = () => Promise.reject(new TransportError("away", { problem: "unreachable", isRetryable: true }));
  const refreshed = refresher.refresh(request("1.0.0"));
  await clock.advance(60_000);
  kube.network = () => undefined;

  await refresher.refresh(request("1.0.0", { key: `${PROJECT}/other`, name: "other" }));

  assert.equal((await refreshed).kind, "refreshed");
});

test("a patch that fails for too long rejects with what the API said", async (t) => {
  const { clock, kube, refresher, request } = await refreshing(t);
  kube.network = refuse;
  const refreshed = refresher.refresh(request("1.0.0", { untilMs: clock.monotonicMs() + 1_000 }));
  const outcome = assert.rejects(refreshed, /refused/);

  await clock.advance(3_000);

  await outcome;
});

for (const [what, error] of [
  ["a proxy's", new KubeError("no", { status: 404, reason: "" })],
  ["one that names no object", new KubeError("no", { status: 404, reason: "NotFound" })],
  ["one of a Warehouse that a GET finds", new KubeError("no", { status: 404, reason: "NotFound", objectName: "w" })],
] as const) {
  test(`a 404 is no deletion when it is ${what}`, async (t) => {
    const { clock, kube, refresher, request } = await refreshing(t);
    kube.network = ({ method }) => (method === "PATCH" ? Promise.reject(error) : undefined);
    const refreshed = refresher.refresh(request("1.0.0"));
    await settle();
    kube.network = () => undefined;

    await clock.advance(1_000);

    assert.equal((await refreshed).kind, "refreshed");
  });
}

test("tokens that nobody waits for and that left the list are forgotten", async (t) => {
  const { refresher, request } = await refreshing(t);
  const tokens: string[] = [];
  for (let push = 0; push < 4; push += 1) {
    const refreshed = await refresher.refresh(request("1.0.0", { isFollowed: (token) => token === tokens[0] }));
    if (refreshed.kind === "refreshed") tokens.push(refreshed.token);
  }

  const isKnown = tokens.map((token) => refresher.covers(`${PROJECT}/w`, tokens.at(-1) ?? "", token));

  assert.deepEqual(isKnown, [true, false, true, true]);
});

test("versions that do not compare hold up nothing", async (t) => {
  const { kube, refresher, request } = await refreshing(t);
  await refresher.refresh(request("1.0.0"));
  const warehouse = await getWarehouse(kube, "w");
  const stamped = (resourceVersion: string) => ({ ...warehouse, metadata: { ...warehouse.metadata, resourceVersion } });

  const isCurrent = ["1", warehouse.metadata.resourceVersion ?? "", "999999", "opaque"].map((version) =>
    refresher.isCurrent(`${PROJECT}/w`, stamped(version)),
  );

  assert.deepEqual(isCurrent, [false, true, true, true]);
});

test("a namespace whose patches get no answer does not hold up another's", async (t) => {
  const { kube, refresher, request } = await refreshing(t);
  kube.network = ({ url }) => (url.includes("/flood/") ? new Promise(() => {}) : undefined);
  for (let one = 0; one < 100; one++) {
    const [namespace, name] = ["flood", `w${one}`];
    void refresher.refresh({ ...request("1.0.0"), key: `${namespace}/${name}`, namespace, name });
  }

  const { kind } = await refresher.refresh(request("1.0.0"));

  assert.equal(kind, "refreshed");
});
