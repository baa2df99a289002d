// Controllers that lead, need Secrets that the API does not list, and are told to end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startComponents } from "../../src/app/components.ts";
import { createInstruments } from "../../src/app/instruments.ts";
import { elected } from "../../src/app/leadership.ts";
import { beginWork } from "../../src/app/work.ts";
import { NAMESPACES } from "../../src/resources/core.ts";
import type { ObjectMeta } from "../../src/resources/kube-object.ts";
import { LEASES, type Lease } from "../../src/resources/lease.ts";
import { PROJECT_CONFIGS } from "../../src/resources/project-config.ts";
import { apiVersionOf, type Resource } from "../../src/resources/resource.ts";
import { WAREHOUSES } from "../../src/resources/warehouse.ts";
import { openDatabase } from "../../src/sqlite.ts";
import { startKube, type TestKube } from "../support/kube.ts";
import { createTestOciClient } from "../support/oci-clients.ts";
import { settle, until } from "../support/settle.ts";
import { createTestClock, HALF } from "../support/test-clock.ts";

const GRACE_MS = 5_000;

/** For a pass over either the controllers need to know the Secrets. */
async function createObjects({ admin }: TestKube): Promise<void> {
  const create = (resource: Resource, metadata: ObjectMeta, spec?: object) =>
    admin.create(resource, {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata,
      ...(spec && { spec }),
    });
  await create(NAMESPACES, { name: "p", labels: { "kargo.akuity.io/project": "true" } });
  const webhookReceivers = [{ name: "r", dockerhub: { secretRef: { name: "s" } } }];
  await create(PROJECT_CONFIGS, { name: "p", namespace: "p" }, { webhookReceivers });
  const subscriptions = [{ image: { repoURL: "127.0.0.1:5000/app" } }];
  await create(WAREHOUSES, { name: "w", namespace: "p" }, { subscriptions });
}

test("the Leases are handed over at once, though the Secrets are not listed", async (t) => {
  const clock = createTestClock();
  const [running, controllers] = [beginWork(clock), beginWork(clock)];
  const kube = await startKube({ clock, random: HALF, signal: running.signal });
  await createObjects(kube);
  kube.network = ({ url }) => (url.includes("/secrets") ? new Promise(() => {}) : undefined);
  const instruments = createInstruments(clock, "test");
  const deliveries = openDatabase({ path: ":memory:", migrations: [] });
  const shared = { client: kube.client, clock, random: HALF, log: () => {}, instruments };
  const lease = { namespace: "default", identity: "a" };
  startComponents({
    ...shared,
    roles: new Set(["projectconfig", "warehouse"]),
    leadership: elected({ ...shared, ...lease, leaseClient: kube.client, running: controllers, graceMs: GRACE_MS }),
    deliveries,
    registries: createTestOciClient(),
    secretNamespaces: [],
    isDurable: true,
    replica: "r",
    running,
    baseURL: "https://hooks.example.com",
    answerWithinMs: 0,
    minIntervalMs: 0,
    registryAliases: [],
    sharedResourcesNamespace: "",
    systemResourcesNamespace: "",
  });
  t.after(() => {
    void running.end(0);
    return deliveries.close();
  });
  const isHeldBy = async (holder: string) => {
    const { items } = await kube.admin.list<Lease>(LEASES, {});
    return items.length === 2 && items.every(({ spec }) => spec?.holderIdentity === holder);
  };
  await until(() => isHeldBy("a"));
  await settle();

  void controllers.end(60_000);
  await settle(100);

  assert.ok(await isHeldBy(""), "they are held until the grace period is over");
});
