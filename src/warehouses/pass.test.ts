// What a pass finds, makes and writes: docs/compatibility.md, sections 7.3 to 7.5 and 11.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { HOST, refusal } from "../../test/support/image-registry.ts";
import { openWarehouseDesk, type WarehouseDesk } from "../../test/support/warehouse-desk.ts";
import { jsonResponse } from "../http/message.ts";
import { EVENTS, type Event } from "../resources/core.ts";
import { FREIGHTS, type Freight } from "../resources/freight.ts";
import { WAREHOUSES, type Warehouse } from "../resources/warehouse.ts";

const APP = { image: { repoURL: `${HOST}/app` } };
const CHART = { chart: { repoURL: `oci://${HOST}/chart` } };

describe("a pass", () => {
  let desk: WarehouseDesk;
  beforeEach(async () => {
    desk = await openWarehouseDesk();
    await desk.registry.pushImage("app", "1.0.0");
    await desk.registry.pushImage("chart", "0.1.0_b");
  });
  afterEach(() => desk.dispose());

  function conditionOf(warehouse: Warehouse, type: string): string {
    const { status, reason, message } = warehouse.status?.conditions?.find((one) => one.type === type) ?? {};
    return `${status} ${reason}: ${message}`;
  }

  async function freights(): Promise<readonly Freight[]> {
    return (await desk.admin.list<Freight>(FREIGHTS, { namespace: "project" })).items;
  }

  /** Lets the reconciler's own background work (the Event) come to rest. */
  async function events(): Promise<readonly Event[]> {
    await desk.clock.advance(0);
    return (await desk.admin.list<Event>(EVENTS, { namespace: "project" })).items.filter(
      ({ reason }) => reason === "FreightCreated",
    );
  }

  test("images and charts become one Freight, and an Event tells of it", async () => {
    await desk.apply({ subscriptions: [APP, { ...CHART, name: "web" }] });

    await desk.pass();

    const [freight] = await freights();
    const { status } = await desk.warehouse();
    const digest = status?.discoveredArtifacts?.images?.[0]?.references?.[0]?.digest;
    assert.equal(status?.lastFreightID, freight?.metadata.name);
    assert.deepEqual(freight?.origin, { kind: "Warehouse", name: "app" });
    assert.deepEqual(
      freight?.images?.map(({ tag, digest: of }) => [tag, of]),
      [["1.0.0", digest]],
    );
    assert.deepEqual(freight?.charts, [
      { repoURL: `oci://${HOST}/chart`, version: "0.1.0+b", subscriptionName: "web" },
    ]);
    const [event] = await events();
    assert.deepEqual(
      [event?.type, event?.message, event?.source?.component, event?.involvedObject.name, event?.count],
      ["Normal", "Freight created from discovered artifacts", "warehouse-controller", freight?.metadata.name, 1],
    );
    const { annotations = {} } = event?.metadata ?? {};
    assert.equal(annotations["event.kargo.akuity.io/project"], "project");
    assert.equal(annotations["event.kargo.akuity.io/actor"], "controller:warehouse-controller");
    assert.equal(annotations["event.kargo.akuity.io/stage-name"], "");
    assert.equal(annotations["event.kargo.akuity.io/freight-warehouse-name"], "app");
    assert.equal(annotations["event.kargo.akuity.io/freight-alias"], freight?.alias);
    assert.deepEqual(JSON.parse(annotations["event.kargo.akuity.io/freight-charts"] ?? ""), freight?.charts);
  });

  test("Freight that exists is not made again, and nobody is told", async () => {
    await desk.apply({ subscriptions: [APP] });
    await desk.pass();
    await desk.refreshByHand("t1");

    await desk.pass();

    assert.equal(
      conditionOf(await desk.warehouse(), "FreightCreated"),
      "False AlreadyExists: Freight composed of the newest artifacts already exists",
    );
    assert.deepEqual([(await freights()).length, (await events()).length], [1, 1]);
  });

  test("an Event that cannot be written is only logged", async () => {
    await desk.apply({ subscriptions: [APP] });
    desk.apiInstead = ({ url }) => (url.includes("/events") ? refusal(403, "FORBIDDEN") : undefined);

    await desk.pass();
    await desk.clock.advance(0);

    assert.match(conditionOf(await desk.warehouse(), "Ready"), /^True/);
    assert.match(desk.log.join(), /event of Freight project\/[0-9a-f]{40}: /);
  });

  test("Freight that cannot be created is tried again without asking the registries", async () => {
    await desk.apply({ subscriptions: [APP] });
    await desk.refreshByHand("t1");
    desk.apiInstead = ({ method, url }) =>
      method === "POST" && url.includes("/freights") ? refusal(403, "FORBIDDEN") : undefined;

    await assert.rejects(desk.pass());

    const failed = await desk.warehouse();
    desk.apiInstead = () => undefined;
    desk.registry.forget();
    await desk.pass();
    assert.match(
      conditionOf(failed, "Ready"),
      /^False FreightCreationFailure: Error creating Freight "[0-9a-f]{40}" in namespace "project": /,
    );
    assert.deepEqual([failed.status?.lastHandledRefresh, failed.status?.lastFreightID], ["t1", undefined]);
    assert.deepEqual(desk.registry.asked(), []);
    assert.match(conditionOf(await desk.warehouse(), "Ready"), /^True/);
    assert.equal((await freights()).length, 1);
  });

  test("made by hand means that no Freight is made", async () => {
    await desk.apply({ subscriptions: [APP], freightCreationPolicy: "Manual" });

    await desk.pass();

    assert.match(conditionOf(await desk.warehouse(), "Ready"), /^True ArtifactsDiscovered/);
    assert.deepEqual(await freights(), []);
  });

  test("criteria are not ignored: a condition says that they are not evaluated, and no Freight is made", async () => {
    await desk.apply({ subscriptions: [APP], freightCreationCriteria: { expression: "false" } });

    await desk.pass();

    assert.match(conditionOf(await desk.warehouse(), "Ready"), /^False CriteriaEvaluationFailed: .*not evaluated yet/);
    assert.deepEqual(await freights(), []);
  });

  test("an empty result makes no Freight, and the refresh is handled", async () => {
    await desk.apply({ subscriptions: [{ image: { repoURL: `${HOST}/app`, constraint: "^9" } }] });
    await desk.refreshByHand("t1");

    await desk.pass();

    const warehouse = await desk.warehouse();
    assert.equal(warehouse.status?.lastHandledRefresh, "t1");
    assert.match(conditionOf(warehouse, "Ready"), /^False MissingImageReferences: No references discovered/);
    assert.deepEqual(await freights(), []);
  });

  test("a failed discovery leaves the refresh unhandled, and the next attempt discovers it", async () => {
    await desk.apply({ subscriptions: [APP] });
    await desk.pass();
    await desk.registry.pushImage("app", "1.1.0");
    await desk.refreshFor("t1", "app:1.1.0");
    desk.registry.instead = () => refusal(403, "DENIED");

    await assert.rejects(desk.pass(), /DENIED/);

    const failed = await desk.warehouse();
    desk.registry.instead = () => undefined;
    await desk.pass();
    const discovered = await desk.warehouse();
    assert.equal(failed.status?.lastHandledRefresh, undefined);
    assert.match(
      conditionOf(failed, "Ready"),
      /^False DiscoveryFailure: Artifact discovery failed: error discovering artifacts: error discovering newest applicable images "127\.0\.0\.1:5000\/app": .*DENIED.* \(the artifacts shown of it are from an earlier discovery\)$/,
    );
    assert.equal(
      conditionOf(failed, "PushesDiscovered"),
      `False DiscoveryFailed: Read pushes.r up to t1; failed: ${HOST}/app:1.1.0`,
    );
    assert.equal(failed.status?.discoveredArtifacts?.images?.[0]?.references?.[0]?.tag, "1.0.0");
    assert.equal(discovered.status?.lastHandledRefresh, "t1");
    assert.equal(conditionOf(discovered, "PushesDiscovered"), "True Discovered: Read pushes.r up to t1");
    assert.equal(discovered.status?.discoveredArtifacts?.images?.[0]?.references?.[0]?.tag, "1.1.0");
  });

  test("a failure that repeats itself writes nothing more", async () => {
    await desk.apply({ subscriptions: [APP] });
    desk.registry.instead = () => refusal(403, "DENIED");
    await assert.rejects(desk.pass());
    const { resourceVersion } = (await desk.warehouse()).metadata;

    await desk.clock.advance(60_000);
    await assert.rejects(desk.pass());

    assert.equal((await desk.warehouse()).metadata.resourceVersion, resourceVersion);
  });

  test("one bad subscription hides nothing of a good one, and no Freight is made of a mixture", async () => {
    await desk.apply({ subscriptions: [APP, CHART] });
    await desk.pass();
    await desk.registry.pushImage("app", "1.1.0");
    await desk.refreshFor("t1", "app:1.1.0");
    desk.registry.instead = (_request, asked) => (asked === "TAGS chart" ? refusal(403, "DENIED") : undefined);
    await desk.clock.advance(300_000);

    await assert.rejects(desk.pass(), /chart versions from helm chart repo/);

    const { status } = await desk.warehouse();
    assert.deepEqual(
      status?.discoveredArtifacts?.images?.[0]?.references?.map(({ tag }) => tag),
      ["1.1.0", "1.0.0"],
    );
    assert.deepEqual(status?.discoveredArtifacts?.charts?.[0]?.versions, ["0.1.0+b"]);
    assert.equal(conditionOf(await desk.warehouse(), "PushesDiscovered"), "True Discovered: Read pushes.r up to t1");
    assert.match(conditionOf(await desk.warehouse(), "Ready"), /^False DiscoveryFailure/);
    assert.equal(status?.lastHandledRefresh, undefined);
    assert.equal((await freights()).length, 1);
  });

  test("the retry after a failure asks a good subscription for nothing it has told already", async () => {
    await desk.apply({ subscriptions: [APP, CHART] });
    await desk.pass();
    await desk.registry.pushImage("chart", "0.2.0");
    await desk.refreshFor("t1", "chart:0.2.0");
    desk.registry.instead = (_request, asked) => (asked.includes(" chart") ? refusal(403, "DENIED") : undefined);
    await assert.rejects(desk.pass());
    desk.registry.instead = () => undefined;
    desk.registry.forget();

    await desk.pass();

    assert.deepEqual(desk.registry.asked(), ["TAGS chart"]);
    assert.match(conditionOf(await desk.warehouse(), "Ready"), /^True/);
  });

  const NOT_YET: readonly (readonly [what: string, subscription: object, message: RegExp])[] = [
    [
      "a git repository",
      { git: { repoURL: "https://example.com/a.git" } },
      /commits from git repo "https:\/\/example\.com\/a\.git": Git repositories are not discovered yet/,
    ],
    [
      "a classic Helm repository",
      { chart: { repoURL: "https://charts.example.com", name: "x" } },
      /helm chart repo "https:\/\/charts\.example\.com": charts of classic Helm repositories/,
    ],
  ];

  for (const [what, subscription, message] of NOT_YET) {
    test(`${what} fails with a sentence, is not tried again before its interval, and hides no image`, async () => {
      await desk.apply({ subscriptions: [APP, subscription] });
      await desk.refreshByHand("t1");

      const result = await desk.pass();

      const warehouse = await desk.warehouse();
      assert.deepEqual(result, { afterMs: 300_000 });
      assert.match(conditionOf(warehouse, "Ready"), message);
      assert.equal(warehouse.status?.discoveredArtifacts?.images?.length, 1);
      assert.equal(warehouse.status?.lastHandledRefresh, undefined);
      assert.deepEqual(await freights(), []);
    });
  }

  test("a status that the API refuses is reported without what it refused, and is no success", async () => {
    await desk.apply({ subscriptions: [APP] });
    await desk.refreshFor("t1", "app:1.0.0");
    desk.apiInstead = ({ method, body }) => {
      const isRefused = method === "PATCH" && Buffer.from(body as Uint8Array).includes("discoveredArtifacts");
      return isRefused
        ? jsonResponse(422, { kind: "Status", reason: "Invalid", message: "status.images: too odd" })
        : undefined;
    };

    await assert.rejects(desk.pass(), /too odd/);

    const warehouse = await desk.warehouse();
    assert.match(conditionOf(warehouse, "Ready"), /the API server refused what was discovered: .*too odd/);
    assert.match(
      conditionOf(warehouse, "PushesDiscovered"),
      /^False DiscoveryFailed: .*failed: 127\.0\.0\.1:5000\/app:1\.0\.0$/,
    );
    assert.equal(warehouse.status?.lastHandledRefresh, undefined);
  });

  test("results go with their subscription", async () => {
    await desk.apply({ subscriptions: [APP, CHART] });
    await desk.pass();

    await desk.apply({ subscriptions: [APP] });
    await desk.pass();

    const { discoveredArtifacts } = (await desk.warehouse()).status ?? {};
    assert.deepEqual(Object.keys(discoveredArtifacts ?? {}).sort(), ["discoveredAt", "images"]);
  });

  test("what others wrote into the status stays", async () => {
    await desk.apply({ subscriptions: [APP] });
    const lastTransitionTime = "2026-01-01T00:00:00Z";
    const foreign = { type: "Mine", status: "True", reason: "Because", message: "", lastTransitionTime };
    await desk.admin.mergePatch(
      WAREHOUSES,
      { namespace: "project", name: "app" },
      { status: { conditions: [foreign] } },
      { subresource: "status" },
    );

    await desk.pass();

    assert.equal(conditionOf(await desk.warehouse(), "Mine"), "True Because: ");
  });
});
