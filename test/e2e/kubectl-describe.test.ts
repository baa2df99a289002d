// `describe` and events.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { useBothApis } from "../support/both-apis.ts";
import { namespace, projectConfig, secret, warehouse } from "../support/manifests.ts";

const { same, each } = useBothApis();
const NS = "describe-test";

const EVENTS = `---
apiVersion: v1
kind: Event
metadata: { name: w.old }
involvedObject: { apiVersion: kargo.akuity.io/v1alpha1, kind: Warehouse, name: w, namespace: ${NS} }
type: Normal
reason: FreightCreated
message: Freight was created
source: { component: dockbell, host: here }
firstTimestamp: "2026-11-24T22:50:00Z"
lastTimestamp: "2026-11-24T22:55:00Z"
count: 3
---
apiVersion: v1
kind: Event
metadata: { name: w.new }
involvedObject: { apiVersion: kargo.akuity.io/v1alpha1, kind: Warehouse, name: w, namespace: ${NS}, fieldPath: spec }
type: Warning
reason: Odd
message: "two\\nlines "
eventTime: "2026-11-24T22:54:00.000000Z"
action: Look
reportingComponent: dockbell
reportingInstance: here
series: { count: 5, lastObservedTime: "2026-11-24T22:56:00.000000Z" }
`;

describe("objects and what happened to them", () => {
  before(async () => {
    await same("create -f -", { input: namespace(NS) });
    await same(`create -n ${NS} -f -`, {
      input: `${secret("s", "a")}${projectConfig(NS)}${warehouse("w")}${EVENTS}`,
    });
  });

  test("built-in and custom kinds are described", async () => {
    await same(`describe secret s -n ${NS}`);
    await same(`describe warehouse w -n ${NS}`);
    await same(`describe warehouses -n ${NS} -l app=demo`);
    await same(`describe projectconfig/${NS} -n ${NS}`);
    await same(`describe namespace ${NS}`);
    await same(`describe warehouse nowhere -n ${NS}`);
    await same(`describe projects`);
  });

  test("describe shows the events of the very object", async () => {
    await same(`create -n ${NS} -f -`, { input: warehouse("seen") });
    const [ours, theirs] = await each(`get warehouse seen -n ${NS} -o jsonpath={.metadata.uid}`);
    const of = (uid: string) =>
      EVENTS.replaceAll("name: w", "name: seen").replaceAll("kind: Warehouse,", `kind: Warehouse, uid: ${uid},`);
    await same(`create -n ${NS} -f -`, { input: [of(ours), of(theirs)] });

    const { stdout } = await same(`describe warehouse seen -n ${NS}`);

    assert.match(stdout, /FreightCreated/);
  });

  test("events are listed in the columns of events", async () => {
    for (const output of ["", " -o wide", " -o name", " -o yaml", " -o custom-columns=R:.reason"]) {
      await same(`get events -n ${NS}${output}`);
    }
    await same(`get events -n ${NS} --sort-by=.lastTimestamp`);
    await same(`get ev w.old -n ${NS}`);
    await same(`events -n ${NS}`);
    await same(`events -n ${NS} --types=Warning`);
    await same(`events -n ${NS} --for=warehouse/w`);
    await same(`get events -n ${NS} --watch`, { until: /Odd[\s\S]*Freight|Freight[\s\S]*Odd/ });
  });

  test("events are chosen by their fields", async () => {
    await same(`get events -n ${NS} --field-selector reason=Odd`);
    await same(`get events -n ${NS} --field-selector type=Normal,involvedObject.kind=Warehouse`);
    await same(`get events -n ${NS} --field-selector involvedObject.name!=w`);
    await same(`get events -n ${NS} --field-selector source=dockbell`);
    await same(`get events -n ${NS} --field-selector reportingComponent=dockbell`);
    await same(`get events -n ${NS} --field-selector message=x`);
  });

  test("an event of another namespace's object is refused", async () => {
    await same(`create -n ${NS} -f -`, {
      input: EVENTS.replaceAll(`namespace: ${NS}`, "namespace: elsewhere").replaceAll("name: w.", "name: x."),
    });
  });
});
