// The commands for Warehouses on one that discovered an image and a chart.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { HOST } from "../../test/support/image-registry.ts";
import { openWarehouseDesk, type WarehouseDesk } from "../../test/support/warehouse-desk.ts";
import { NAMESPACES } from "../resources/core.ts";
import { PROJECT_LABEL, REFRESH_ANNOTATION } from "../resources/kargo.ts";
import { WAREHOUSES, type Warehouse } from "../resources/warehouse.ts";
import { createProgress } from "./progress.ts";
import { NO_TERMINAL } from "./terminal.ts";
import { waitCommand } from "./warehouse-wait.ts";
import { warehousesText } from "./warehouses.ts";

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

  function wait(tag: string, name = "app", namespace?: string): Promise<string> {
    const { admin: client, clock } = desk;
    const progress = createProgress({ clock, terminal: NO_TERMINAL, write: () => {} });
    return waitCommand({ client, clock, progress, namespace, name, tag, timeout: { text: "0s", ms: 0 } });
  }

  test("the newest image and the newest version of a chart are shown", async () => {
    const text = warehousesText([await desk.warehouse()], {
      output: undefined,
      terminal: NO_TERMINAL,
      nowMs: desk.clock.now(),
    });

    assert.ok(text.includes(`${HOST}/app:1.0.0, oci://${HOST}/chart:0.1.0+b`), text);
  });

  test("a refresh is pending, handled, or was never asked for", async () => {
    const { status: { lastHandledRefresh: _, ...status } = {}, ...asked } = await desk.warehouse();
    const annotations = { [REFRESH_ANNOTATION]: "t" };
    const pending = { ...asked, status, metadata: { ...asked.metadata, annotations } };
    const handled = { ...pending, status: { ...status, lastHandledRefresh: "t" } };
    const never = { ...asked, metadata: { ...asked.metadata, annotations: {} } };
    const options = { output: undefined, terminal: NO_TERMINAL, nowMs: desk.clock.now() };

    const [, ...lines] = warehousesText([pending, handled, never], options).trim().split("\n");

    assert.deepEqual(
      lines.map((line) => line.trim().split(/ {2,}/).at(-2)),
      ["pending", "handled", "-"],
    );
  });

  for (const tag of ["1.0.0", "0.1.0_b", "0.1.0+b"]) {
    test(`${tag} is discovered`, async () => {
      assert.equal(await wait(tag), `project/app discovered ${tag}\n`);
    });
  }

  test("a Warehouse that is not there is missed with those that are", async () => {
    await assert.rejects(wait("1.0.0", "other"), /^InputError: there is no Warehouse other; there are: project\/app$/);
    await assert.rejects(wait("1.0.0", "project/other"), /there is no Warehouse project\/other; .* are: project\/app/);
  });

  test("a namespace that a flag names is the one that the name names, or an error", async () => {
    await assert.rejects(
      wait("1.0.0", "project/app", "other"),
      /^InputError: "project\/app" is not in the namespace other/,
    );
    assert.equal(await wait("1.0.0", "project/app", "project"), "project/app discovered 1.0.0\n");
  });

  test("one of a namespace that is not there is told from one that the namespace lacks", async () => {
    await desk.admin.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: "bare" } });

    await assert.rejects(wait("1.0.0", "missing/app"), /^InputError: there is no namespace missing$/);
    await assert.rejects(
      wait("1.0.0", "bare/app"),
      /there is no Warehouse bare\/app; in that namespace there are: none/,
    );
  });

  test("a name that several Warehouses have is refused with all of them", async () => {
    const metadata = { name: "second", labels: { [PROJECT_LABEL]: "true" } };
    await desk.admin.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata });
    const { spec, apiVersion, kind } = await desk.warehouse();
    await desk.admin.create<Warehouse>(WAREHOUSES, {
      apiVersion,
      kind,
      spec,
      metadata: { namespace: "second", name: "app" },
    });

    await assert.rejects(
      wait("1.0.0"),
      /^InputError: 2 Warehouses are named app: choose one of project\/app, second\/app$/,
    );
  });

  test("a version that was not discovered is missed", async () => {
    await assert.rejects(wait("0.1.0"), /0\.1\.0 was not discovered within 0s/);
  });
});
