// The commands for Warehouses on one that discovered an image and a chart.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { HOST } from "../../test/support/image-registry.ts";
import { openWarehouseDesk, type WarehouseDesk } from "../../test/support/warehouse-desk.ts";
import { waitCommand, warehousesText } from "./warehouses.ts";

describe("commands for Warehouses", () => {
  let desk: WarehouseDesk;
  beforeEach(async () => {
    desk = await openWarehouseDesk();
    await desk.registry.pushImage("app", "1.0.0");
    await desk.registry.pushImage("chart", "0.1.0_b");
    const chart = { repoURL: `oci://${HOST}/chart` };
    await desk.apply({ subscriptions: [{ image: { repoURL: `${HOST}/app` } }, { chart }] });
    await desk.pass();
  });
  afterEach(() => desk.dispose());

  function wait(tag: string): Promise<string> {
    return waitCommand({ client: desk.admin, clock: desk.clock, name: "app", tag, timeout: "0s" });
  }

  test("the newest image and the newest version of a chart are shown", async () => {
    const text = warehousesText([await desk.warehouse()], desk.clock.now(), undefined);

    assert.ok(text.includes(`${HOST}/app:1.0.0, oci://${HOST}/chart:0.1.0+b`), text);
  });

  for (const tag of ["1.0.0", "0.1.0_b", "0.1.0+b"]) {
    test(`${tag} is discovered`, async () => {
      assert.equal(await wait(tag), `project/app discovered ${tag}\n`);
    });
  }

  test("a version that was not discovered is missed", async () => {
    await assert.rejects(wait("0.1.0"), /0\.1\.0 was not discovered within 0s/);
  });
});
