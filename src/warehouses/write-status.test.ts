// A status patch that is built on a status which the server no longer has, as when the watch lags behind.
import assert from "node:assert/strict";
import { test } from "node:test";
import { HOST } from "../../test/support/image-registry.ts";
import { openWarehouseDesk } from "../../test/support/warehouse-desk.ts";
import { WAREHOUSES } from "../resources/warehouse.ts";

const APP = { image: { repoURL: `${HOST}/app` } };
const FOREIGN = {
  ...{ type: "Mine", status: "True", reason: "Because", message: "" },
  lastTransitionTime: "2026-01-01T00:00:00Z",
};

async function openDesk() {
  const desk = await openWarehouseDesk();
  await desk.registry.pushImage("app", "1.0.0");
  await desk.apply({ subscriptions: [APP] });
  const writeStatus = (status: object) =>
    desk.admin.mergePatch(WAREHOUSES, { namespace: "project", name: "app" }, { status }, { subresource: "status" });
  return { desk, writeStatus };
}

test("a status that was not seen yet is not replaced", async (t) => {
  const { desk, writeStatus } = await openDesk();
  t.after(() => desk.dispose());
  await desk.look();
  await writeStatus({ conditions: [FOREIGN], lastFreightID: "x", lastHandledRefresh: "theirs" });

  await desk.passUnseen();

  const { status } = await desk.warehouse();
  const types = status?.conditions?.map(({ type }) => type) ?? [];
  assert.deepEqual([types.includes("Mine"), types.includes("Ready")], [true, true]);
  assert.equal(status?.lastHandledRefresh, "theirs");
});

test("a field that is to be removed and gone already refuses nothing that was discovered", async (t) => {
  const { desk, writeStatus } = await openDesk();
  t.after(() => desk.dispose());
  await desk.refreshByHand("t1");
  await desk.pass();
  await desk.registry.pushImage("app", "1.1.0");
  await desk.refreshByHand("");
  await desk.look();
  await writeStatus({ lastHandledRefresh: null, conditions: [FOREIGN] });

  await desk.passUnseen();

  const { conditions = [], discoveredArtifacts } = (await desk.warehouse()).status ?? {};
  assert.equal(discoveredArtifacts?.images?.[0]?.references?.[0]?.tag, "1.1.0");
  const told = conditions.map(({ type, status }) => `${type} ${status}`);
  assert.ok(told.includes("Mine True") && told.includes("Ready True"), told.join());
});
