// `delete` and `wait`. A real API server has no controllers here, so that the test plays those that finish a deletion.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { useBothApis } from "../support/both-apis.ts";
import { namespace, projectConfig, secret, warehouse } from "../support/manifests.ts";

const { same, withControllers } = useBothApis();
const NS = "delete-test";

describe("deletion", () => {
  before(async () => {
    await same("create -f -", { input: namespace(NS) });
  });

  test("is by name, by file and by label", async () => {
    const all = ["a", "b", "c", "d"].map((name) => warehouse(name)).join("");
    await same(`create -n ${NS} -f -`, { input: all });

    await same(`delete warehouse a -n ${NS}`);
    await same(`delete -n ${NS} -f -`, { input: warehouse("b") });
    await same(`delete warehouses -n ${NS} -l app=demo --dry-run=server`);
    await same(`delete warehouses -n ${NS} -l app=demo`);
    const { stdout } = await same(`get warehouses -n ${NS}`);

    assert.equal(stdout, "");
  });

  test("of what is not there says so", async () => {
    await same(`delete warehouse nowhere -n ${NS}`);
    await same(`delete warehouse nowhere -n ${NS} --ignore-not-found`);
    await same("delete namespace nowhere");
    await same("delete namespace default");
    await same(`delete warehouses --all -n ${NS}`);
  });

  for (const cascade of ["background", "foreground", "orphan"]) {
    test(`with --cascade=${cascade} waits until the object is gone`, async () => {
      await same(`create -n ${NS} -f -`, { input: `${warehouse("w")}${secret("s", "a")}` });

      await withControllers(async () => {
        await same(`delete warehouse/w secret/s -n ${NS} --cascade=${cascade} --wait --timeout=20s`);
      });
      await same(`get warehouse/w secret/s -n ${NS}`);
    });
  }

  test("of an object with a finalizer waits until it is taken off", async () => {
    await same(`create -n ${NS} -f -`, { input: warehouse("held") });
    await same(`patch warehouse held -n ${NS} --type=merge -p {"metadata":{"finalizers":["example.com/hold"]}}`);

    await same(`delete warehouse held -n ${NS} --wait=false`);
    await same(`delete warehouse held -n ${NS} --timeout=3s`);
    await same(`get warehouse held -n ${NS} -o yaml`);
    await same(`describe warehouse held -n ${NS}`);
    await same(`create -n ${NS} -f -`, { input: warehouse("held") });
    await same(`patch warehouse held -n ${NS} --type=merge -p {"metadata":{"finalizers":null}}`);
    await same(`wait warehouse/held -n ${NS} --for=delete --timeout=5s`);
    await same(`get warehouse held -n ${NS}`);
  });

  test("of a Namespace takes its objects with it", async () => {
    const full = "deleted-ns";
    await same("create -f -", { input: namespace(full) });
    await same(`create -n ${full} -f -`, { input: `${secret("s", "a")}${projectConfig(full)}${warehouse("w")}` });

    await withControllers(() => same(`delete namespace ${full} --timeout=25s`));
    await same(`get namespace ${full}`);
    await same(`get warehouses,secrets,projectconfigs -n ${full}`);
    await same("create -f -", { input: namespace(full) });
    await same(`get warehouses,secrets,projectconfigs -n ${full}`);
  });

  test("of a file with a Namespace and its objects finds them all", async () => {
    const objects = `${warehouse("w")}${secret("s", "a")}`.replaceAll(
      "metadata: {",
      "metadata: { namespace: whole-file,",
    );
    await same("create -f -", { input: namespace("whole-file") + objects });

    await withControllers(() => same("delete --timeout=25s -f -", { input: namespace("whole-file") + objects }));
  });
});

describe("wait", () => {
  before(async () => {
    await same(`create -n ${NS} -f -`, { input: warehouse("waited") });
    const condition = {
      type: "Ready",
      status: "True",
      reason: "Done",
      message: "",
      lastTransitionTime: "2026-11-24T22:00:00Z",
    };
    const status = JSON.stringify({ status: { conditions: [condition] } });
    await same(`patch warehouse waited -n ${NS} --subresource=status --type=merge -p ${status}`);
  });

  test("ends when the condition holds, and says when it does not", async () => {
    await same(`wait warehouse/waited -n ${NS} --for=condition=Ready --timeout=5s`);
    await same(`wait warehouse/waited -n ${NS} --for=condition=Ready=False --timeout=1s`);
    await same(`wait warehouse/waited -n ${NS} --for=condition=Stalled --timeout=1s`);
  });

  test("looks at a field", async () => {
    await same(`wait warehouse/waited -n ${NS} --for=jsonpath={.spec.interval}=5m0s --timeout=5s`);
    await same(`wait warehouse/waited -n ${NS} --for=jsonpath={.spec.interval}=1h --timeout=1s`);
    await same(`wait namespace/${NS} --for=jsonpath={.status.phase}=Active --timeout=5s`);
  });

  test("sees what happens meanwhile", async () => {
    const waiting = same(`wait warehouse/waited -n ${NS} --for=jsonpath={.spec.interval}=9m0s --timeout=15s`);
    await same(`patch warehouse waited -n ${NS} --type=merge -p {"spec":{"interval":"9m0s"}}`);
    await waiting;
    // It says nothing when the object is gone before it looks.
    const going = same(`wait warehouse/waited -n ${NS} --for=delete --timeout=15s`, { only: () => "" });
    await same(`delete warehouse waited -n ${NS} --wait=false`);
    await going;
  });

  test("says that there is nothing to wait for", async () => {
    await same(`wait warehouse/nowhere -n ${NS} --for=condition=Ready --timeout=1s`);
    await same(`wait warehouse/nowhere -n ${NS} --for=delete --timeout=1s`);
  });
});
