// When a pass runs, and what it leaves alone: docs/compatibility.md, sections 7.1 and 7.2.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { HOST, refusal } from "../../test/support/image-registry.ts";
import { openWarehouseDesk, type WarehouseDesk } from "../../test/support/warehouse-desk.ts";
import { WAREHOUSES } from "../resources/warehouse.ts";

const APP = { subscriptions: [{ image: { repoURL: `${HOST}/app` } }] };
const NAME = { namespace: "project", name: "app" };

describe("when a pass runs", () => {
  let desk: WarehouseDesk;
  beforeEach(async () => {
    desk = await openWarehouseDesk();
    await desk.registry.pushImage("app", "1.0.0");
  });
  afterEach(() => desk.dispose());

  async function newestTag(): Promise<string | undefined> {
    return (await desk.warehouse()).status?.discoveredArtifacts?.images?.[0]?.references?.[0]?.tag;
  }

  test("a new Warehouse is discovered at once, and again when its interval is over", async () => {
    await desk.apply({ ...APP, interval: "10m" });

    const first = await desk.pass();
    await desk.registry.pushImage("app", "1.1.0");
    await desk.clock.advance(599_000);
    const early = await desk.pass();
    const seenEarly = await newestTag();
    await desk.clock.advance(1_000);
    await desk.pass();

    assert.deepEqual([first, early], [{ afterMs: 600_000 }, { afterMs: 1_000 }]);
    assert.deepEqual([seenEarly, await newestTag()], ["1.0.0", "1.1.0"]);
  });

  test("a pass that is not due asks the registry nothing", async () => {
    await desk.apply(APP);
    await desk.pass();
    desk.registry.forget();

    await desk.pass();

    assert.deepEqual(desk.registry.asked(), []);
  });

  test("an interval of 0s means the default, none is below a second, and a longer minimum wins over any", async () => {
    await desk.apply({ ...APP, interval: "0s" });
    const unsaid = await desk.pass();
    await desk.apply({ ...APP, interval: "0.1s" });
    const strict = await openWarehouseDesk({ minIntervalMs: 120_000 });
    await strict.registry.pushImage("app", "1.0.0");
    await strict.apply({ ...APP, interval: "1m" });

    assert.deepEqual(
      [unsaid, await desk.pass(), await strict.pass()],
      [{ afterMs: 300_000 }, { afterMs: 1_000 }, { afterMs: 120_000 }],
    );

    strict.dispose();
  });

  test("a moment that a clock ahead wrote puts nothing off beyond the interval", async () => {
    await desk.apply(APP);
    await desk.pass();
    const ahead = { discoveredArtifacts: { discoveredAt: "2099-01-01T00:00:00Z" } };
    await desk.admin.mergePatch(WAREHOUSES, NAME, { status: ahead }, { subresource: "status" });
    desk.restart();

    assert.deepEqual(await desk.pass(), { afterMs: 300_000 });
  });

  test("another refresh and another spec are discovered at once", async () => {
    await desk.apply(APP);
    await desk.pass();
    await desk.registry.pushImage("app", "1.1.0");
    await desk.refreshByHand("t1");
    await desk.pass();
    const refreshed = await desk.warehouse();

    await desk.apply({ subscriptions: [{ image: { repoURL: `${HOST}/app`, constraint: "1.0.0" } }] });
    await desk.pass();

    const changed = await desk.warehouse();
    assert.equal(refreshed.status?.lastHandledRefresh, "t1");
    assert.equal(refreshed.status?.discoveredArtifacts?.images?.[0]?.references?.length, 2);
    assert.equal(changed.status?.observedGeneration, changed.metadata.generation);
    assert.equal(changed.status?.discoveredArtifacts?.images?.[0]?.references?.length, 1);
  });

  test("taking the refresh annotation away asks for nothing; an empty one is handled by having none", async () => {
    await desk.apply(APP);
    await desk.refreshByHand("t1");
    await desk.pass();
    await desk.admin.mergePatch(WAREHOUSES, NAME, { metadata: { annotations: { "kargo.akuity.io/refresh": null } } });
    desk.registry.forget();
    await desk.pass();
    const askedWithout = [...desk.registry.asked()];

    await desk.refreshByHand("");
    const emptied = await desk.pass();

    assert.deepEqual(askedWithout, []);
    assert.deepEqual(emptied, { afterMs: 300_000 });
    assert.equal((await desk.warehouse()).status?.lastHandledRefresh, undefined);
  });

  test("a token that changes while a pass runs causes another, and so does a spec", async () => {
    await desk.apply(APP);
    await desk.refreshByHand("t1");
    desk.registry.instead = async (_request, asked) => {
      if (asked === "TAGS app") await desk.refreshByHand("t2");
      return undefined;
    };

    const first = await desk.pass();

    const between = await desk.warehouse();
    desk.registry.instead = () => undefined;
    const second = await desk.pass();
    assert.deepEqual([first, between.status?.lastHandledRefresh], [{ afterMs: 0 }, "t1"]);
    assert.deepEqual([second, (await desk.warehouse()).status?.lastHandledRefresh], [{ afterMs: 300_000 }, "t2"]);
  });

  const WITH_GIT = { subscriptions: [...APP.subscriptions, { git: { repoURL: "https://example.com/a.git" } }] };

  /** Does something once, when the registry is asked this. */
  function meanwhile(question: string, act: () => Promise<void>): void {
    desk.registry.instead = async (_request, asked) => {
      if (asked !== question) return undefined;
      desk.registry.instead = () => undefined;
      await act();
      return undefined;
    };
  }

  test("a push that comes during a pass which only another spec can help is discovered at once", async () => {
    await desk.apply(WITH_GIT);
    meanwhile("GET app:1.0.0", async () => {
      await desk.registry.pushImage("app", "1.1.0");
      await desk.refreshFor("t1", "app:1.1.0");
    });

    const first = await desk.pass();
    const second = await desk.pass();

    assert.deepEqual([first, second], [{ afterMs: 0 }, { afterMs: 300_000 }]);
    assert.equal(await newestTag(), "1.1.0");
  });

  test("a spec that is mended during a pass which only another spec can help is discovered at once", async () => {
    await desk.apply(WITH_GIT);
    meanwhile("GET app:1.0.0", () => desk.apply(APP));

    const first = await desk.pass();
    await desk.pass();

    const { metadata, status } = await desk.warehouse();
    assert.deepEqual(first, { afterMs: 0 });
    assert.equal(status?.observedGeneration, metadata.generation);
  });

  test("a Warehouse of a shard, or one that is being deleted, is left alone", async () => {
    await desk.apply({ ...APP, shard: "eu" });
    await desk.admin.mergePatch(WAREHOUSES, NAME, { metadata: { labels: { "kargo.akuity.io/shard": "eu" } } });
    const ofShard = await desk.pass();

    await desk.admin.mergePatch(WAREHOUSES, NAME, {
      spec: { shard: null },
      metadata: { labels: { "kargo.akuity.io/shard": null }, finalizers: ["example.com/hold"] },
    });
    await desk.admin.delete(WAREHOUSES, NAME);
    const deleted = await desk.pass();

    assert.deepEqual([ofShard, deleted], ["done", "done"]);
    assert.deepEqual(desk.registry.asked(), []);
    assert.equal((await desk.warehouse()).status, undefined);
  });

  test("a Warehouse that goes away while its pass runs is nobody's error", async () => {
    await desk.apply(APP);
    desk.registry.instead = async (_request, asked) => {
      if (asked === "TAGS app") await desk.admin.delete(WAREHOUSES, NAME);
      return undefined;
    };

    assert.equal(await desk.pass(), "done");
  });

  async function makeAnew(spec: object): Promise<void> {
    await desk.admin.delete(WAREHOUSES, NAME);
    await desk.apply(spec);
  }

  test("a Warehouse that was made anew during a pass gets nothing of the one before it", async () => {
    await desk.apply(APP);
    await desk.pass();
    await desk.refreshByHand("t1");
    meanwhile("TAGS app", () => makeAnew({ subscriptions: [{ image: { repoURL: `${HOST}/app`, constraint: "^9" } }] }));

    const first = await desk.pass();

    const between = await desk.warehouse();
    const second = await desk.pass();
    assert.deepEqual([first, between.status], ["done", undefined]);
    assert.deepEqual([second, await newestTag()], [{ afterMs: 300_000 }, undefined]);
  });

  test("a Warehouse that was made anew while Freight was made gets nothing of the one before it", async () => {
    await desk.apply(APP);
    desk.apiInstead = ({ url }) => (url.includes("/freights") ? refusal(403, "FORBIDDEN") : undefined);
    await assert.rejects(desk.pass());
    desk.apiInstead = async ({ url }) => {
      if (!url.includes("/freights")) return undefined;
      desk.apiInstead = () => undefined;
      await makeAnew(APP);
      return undefined;
    };

    const first = await desk.pass();

    assert.deepEqual([first, (await desk.warehouse()).status], ["done", undefined]);
  });

  test("shutting down ends a pass without a word in the status", async () => {
    await desk.apply(APP);
    desk.registry.instead = async () => {
      desk.stop.abort();
      throw new Error("cut off");
    };

    await assert.rejects(desk.pass());

    assert.equal((await desk.warehouse()).status, undefined);
  });
});
