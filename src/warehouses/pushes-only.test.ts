// What a refresh for pushes costs, when it may cost so little, and what becomes of tags that are not visible yet.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { HOST, refusal } from "../../test/support/image-registry.ts";
import { openWarehouseDesk, type WarehouseDesk } from "../../test/support/warehouse-desk.ts";
import { WAREHOUSES } from "../resources/warehouse.ts";

const NAME = { namespace: "project", name: "app" };
const APP = { image: { repoURL: `${HOST}/app` } };
const PUSHED_ONLY = ["HEAD app:1.2.0", "GET app@digest"];
const EVERYTHING = ["GET app@digest", "HEAD app:1.0.0", "HEAD app:1.1.0", "HEAD app:1.2.0", "TAGS app"];

describe("a pass for pushes alone", () => {
  let desk: WarehouseDesk;
  beforeEach(async () => {
    desk = await openWarehouseDesk();
    await push("1.0.0", "1.1.0");
    await desk.registry.pushImage("other", "1.0.0");
    await desk.apply({ subscriptions: [APP, { image: { repoURL: `${HOST}/other` } }] });
    await desk.pass();
  });
  afterEach(() => desk.dispose());

  async function push(...tags: readonly string[]): Promise<void> {
    for (const tag of tags) await desk.registry.pushImage("app", tag, { annotations: { tag } });
  }

  /** What a pass asks the registry, in some order. */
  async function askedByPass(): Promise<readonly string[]> {
    desk.registry.forget();
    await desk.pass();
    return desk.registry.asked();
  }

  async function answer(): Promise<string> {
    const { conditions = [] } = (await desk.warehouse()).status ?? {};
    const { status, reason, message } = conditions.find(({ type }) => type === "PushesDiscovered") ?? {};
    return `${status} ${reason}: ${message}`;
  }

  async function keptTags(): Promise<readonly string[]> {
    const { images } = (await desk.warehouse()).status?.discoveredArtifacts ?? {};
    return (images?.[0]?.references ?? []).map(({ tag }) => tag);
  }

  test("a push costs a look at the pushed tag, and nothing for other subscriptions", async () => {
    await push("1.2.0");
    await desk.refreshFor("t1", "app:1.2.0");

    const asked = await askedByPass();

    assert.deepEqual(asked, PUSHED_ONLY);
    assert.deepEqual(await keptTags(), ["1.2.0", "1.1.0", "1.0.0"]);
    assert.equal(await answer(), "True Discovered: Read pushes.r up to t1");
  });

  const CAUSES: readonly (readonly [what: string, happen: () => Promise<unknown>])[] = [
    ["a refresh by hand among the pushes", () => desk.refreshByHand("by-hand").then(() => desk.look())],
    ["a new list of the API", () => desk.refreshFor("t0").then(() => desk.look(true))],
    ["the interval", () => desk.clock.advance(300_000)],
    [
      "a status that somebody else wrote",
      () => desk.admin.mergePatch(WAREHOUSES, NAME, { status: { lastFreightID: "x" } }, { subresource: "status" }),
    ],
    ["another spec", () => desk.admin.mergePatch(WAREHOUSES, NAME, { spec: { interval: "6m" } })],
  ];

  for (const [what, happen] of CAUSES) {
    test(`${what} makes the pass ask for every kept tag, by free HEADs`, async () => {
      await happen();
      await push("1.2.0");
      await desk.refreshFor("t1", "app:1.2.0");

      const asked = (await askedByPass()).filter((one) => !one.includes("other"));

      assert.deepEqual([...asked].sort(), EVERYTHING);
    });
  }

  test("a refresh by hand that only our own status patch showed makes the next pass ask for everything", async () => {
    await push("1.2.0");
    await desk.refreshFor("t1", "app:1.2.0");
    desk.registry.instead = async (_request, asked) => {
      if (asked === "HEAD app:1.2.0") await desk.refreshByHand("by-hand");
      return undefined;
    };
    await desk.pass();
    desk.registry.instead = () => undefined;
    desk.registry.forget();

    await desk.passUnseen();

    const asked = desk.registry.asked().filter((one) => !one.includes("other"));
    assert.deepEqual([...asked].sort(), ["HEAD app:1.0.0", "HEAD app:1.1.0", "HEAD app:1.2.0", "TAGS app"]);
  });

  test("pushes do not put off the look at everything that the interval promises", async () => {
    await desk.clock.advance(200_000);
    await push("1.2.0");
    await desk.refreshFor("t1", "app:1.2.0");
    await desk.look();

    const result = await desk.pass();

    assert.deepEqual(result, { afterMs: 100_000 });
  });

  test("a tag that is not visible is looked for until it is, and the refresh is handled meanwhile", async () => {
    await desk.refreshFor("t1", "app:1.2.0");

    const first = await desk.pass();
    const handled = (await desk.warehouse()).status?.lastHandledRefresh;
    const before = await answer();
    await desk.clock.advance(500);
    const second = await desk.pass();
    await push("1.2.0");
    await desk.clock.advance(1_000);
    const asked = await askedByPass();

    assert.deepEqual([first, second, handled], [{ afterMs: 500 }, { afterMs: 1_000 }, "t1"]);
    assert.equal(before, `False NotVisible: Read pushes.r up to t1; not visible: ${HOST}/app:1.2.0`);
    assert.deepEqual(asked, PUSHED_ONLY);
    assert.equal(await answer(), "True Discovered: Read pushes.r up to t1");
  });

  test("a failure that may pass is tried again beside a subscription that only another spec can help", async () => {
    await desk.apply({ subscriptions: [APP, { git: { repoURL: "https://example.com/a.git" } }] });
    await desk.pass();
    await desk.refreshFor("t1", "app:1.2.0");
    await desk.pass();
    await desk.clock.advance(500);
    desk.registry.instead = () => refusal(403, "DENIED");
    await assert.rejects(desk.pass());
    desk.registry.instead = () => undefined;
    await push("1.2.0");

    await desk.pass();

    assert.deepEqual(await keptTags(), ["1.2.0", "1.1.0", "1.0.0"]);
    assert.equal(await answer(), "True Discovered: Read pushes.r up to t1");
  });

  test("a push without a tag is answered by what was discovered beside what only another spec can help", async () => {
    const git = { git: { repoURL: "https://example.com/a.git" } };
    await desk.apply({ subscriptions: [APP, git] });
    await desk.refreshFor("t1", "app:");
    await push("1.2.0");
    await desk.pass();
    const beside = await answer();
    await desk.apply({ subscriptions: [git] });
    await desk.refreshFor("t2", "app:");

    await desk.pass();

    assert.equal(beside, "True Discovered: Read pushes.r up to t1");
    assert.equal(await answer(), "False DiscoveryFailed: Read pushes.r up to t2; unusable: full-scan");
  });

  test("what only another spec can help is said to be unusable until it comes", async () => {
    const git = { git: { repoURL: "https://example.com/a.git" } };
    const tooShort = { image: { repoURL: `${HOST}/a` } };
    await desk.apply({ subscriptions: [APP, git, tooShort] });
    await desk.refreshFor("t1", "app:1.2.0", "a:1.0.0", "app:");
    await push("1.2.0");

    await desk.pass();
    await desk.clock.advance(300_000);
    await desk.pass();
    const unusable = await answer();
    await desk.apply({ subscriptions: [APP] });
    await desk.pass();

    assert.equal(unusable, `False DiscoveryFailed: Read pushes.r up to t1; unusable: ${HOST}/a:1.0.0`);
    assert.equal(await answer(), `True Discovered: Read pushes.r up to t1; not wanted: ${HOST}/a:1.0.0`);
  });

  test("a tag that stays missing for fifteen minutes is left alone", async () => {
    await desk.apply({ interval: "24h" });
    await desk.refreshFor("t1", "app:1.2.0");
    const waits: number[] = [];

    for (let looks = 0; looks < 10; looks += 1) {
      const result = await desk.pass();
      assert.ok(result !== "done");
      waits.push(result.afterMs);
      await desk.clock.advance(result.afterMs);
    }

    assert.deepEqual(waits.slice(0, 9), [500, 1_000, 2_000, 5_000, 15_000, 60_000, 120_000, 240_000, 456_500]);
    assert.ok((waits[9] ?? 0) > 23 * 3_600_000);
    assert.match(await answer(), /^False NotVisible: /);
  });

  test("a re-push under another digest is seen at once", async () => {
    await desk.registry.pushImage("app", "1.1.0", { annotations: { again: "yes" } });
    await desk.refreshFor("t1", "app:1.1.0");

    await desk.pass();

    const { images } = (await desk.warehouse()).status?.discoveredArtifacts ?? {};
    assert.equal(await answer(), "True Discovered: Read pushes.r up to t1");
    assert.deepEqual(images?.[0]?.references?.[0]?.annotations, { again: "yes" });
  });

  test("a digest that stays the old one for ninety seconds counts as seen, and says so", async () => {
    await desk.refreshFor("t1", "app:1.1.0");

    await desk.pass();
    const first = await answer();
    await desk.clock.advance(90_000);
    await desk.pass();

    const told = `not visible: ${HOST}/app:1.1.0; digest unchanged: ${HOST}/app:1.1.0`;
    assert.equal(first, `False NotVisible: Read pushes.r up to t1; ${told}`);
    assert.equal(await answer(), `True Discovered: Read pushes.r up to t1; digest unchanged: ${HOST}/app:1.1.0`);
  });

  test("an entry that is done is never looked for again", async () => {
    await push("1.2.0");
    await desk.refreshFor("t1", "app:1.2.0");
    await desk.pass();
    await push("1.3.0");
    await desk.refreshFor("t2", "app:1.3.0");

    const asked = await askedByPass();

    assert.deepEqual(asked, ["HEAD app:1.3.0", "GET app@digest"]);
    assert.equal(await answer(), "True Discovered: Read pushes.r up to t2");
  });

  test("an entry that was done before a failure stays done", async () => {
    await push("1.2.0");
    await desk.refreshFor("t1", "app:1.2.0");
    await desk.pass();
    await push("1.3.0");
    await desk.refreshFor("t2", "app:1.3.0");
    desk.registry.instead = () => refusal(403, "DENIED");

    await assert.rejects(desk.pass());

    assert.equal(await answer(), `False DiscoveryFailed: Read pushes.r up to t2; failed: ${HOST}/app:1.3.0`);
  });

  test("a push that the subscription does not keep is named as not wanted", async () => {
    await push("latest");
    await desk.refreshFor("t1", "app:latest", "elsewhere:1.0.0");

    await desk.pass();

    assert.equal(
      await answer(),
      `True Discovered: Read pushes.r up to t1; not wanted: ${HOST}/app:latest, ${HOST}/elsewhere:1.0.0`,
    );
  });

  test("two pushes within one second are both discovered", async () => {
    await push("1.2.0", "1.3.0");
    await desk.refreshFor("t1", "app:1.2.0");
    await desk.refreshFor("t2", "app:1.3.0");

    await desk.pass();

    assert.deepEqual(await keptTags(), ["1.3.0", "1.2.0", "1.1.0", "1.0.0"]);
    assert.equal(await answer(), "True Discovered: Read pushes.r up to t2");
  });

  test("after a restart, what was not visible is looked for once more", async () => {
    await desk.refreshFor("t1", "app:1.2.0");
    await desk.pass();
    await push("1.2.0");
    desk.restart();

    await desk.pass();

    assert.equal(await answer(), "True Discovered: Read pushes.r up to t1");
  });

  test("a tag that is left alone is asked for by no later pass, and once by a restarted controller", async () => {
    const token = `${new Date(desk.clock.now()).toISOString().slice(0, 23)}000001Z`;
    await desk.refreshFor(token, "app:1.2.0");
    await desk.pass();
    await desk.clock.advance(900_000);
    await desk.pass();

    await desk.clock.advance(300_000);
    const isHuntedByPass = async () => (await askedByPass()).includes("HEAD app:1.2.0");
    const isHunted = [await isHuntedByPass()];
    desk.restart();
    isHunted.push(await isHuntedByPass());
    await desk.clock.advance(300_000);
    isHunted.push(await isHuntedByPass());

    assert.deepEqual(isHunted, [false, true, false]);
    assert.match(await answer(), /^False NotVisible: /);
  });
});
