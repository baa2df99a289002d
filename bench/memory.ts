// Resident memory of `dockbell up`, embedded API and example registry included, once it discovered 1,000 Warehouses.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SYSTEM_CLOCK } from "../src/app/system.ts";
import { NAMESPACES } from "../src/resources/core.ts";
import { PROJECT_LABEL } from "../src/resources/kargo.ts";
import type { ObjectMeta } from "../src/resources/kube-object.ts";
import { apiVersionOf, type Resource } from "../src/resources/resource.ts";
import { WAREHOUSES, type Warehouse } from "../src/resources/warehouse.ts";
import { type Dockbell, eventually } from "../test/support/dockbell.ts";
import { residentMegabytes, withExample } from "./example.ts";
import type { Report } from "./subject.ts";

const NAMESPACE_COUNT = 20;
const WAREHOUSES_EACH = 50;
const REST_MS = 3_000;

export async function benchMemory(report: Report): Promise<void> {
  await withExample(async (dockbell) => {
    const host = `127.0.0.1:${readFileSync(join(dockbell.directory, "registry-port"), "utf8")}`;
    for (let place = 0; place < NAMESPACE_COUNT; place++) await fillNamespace(dockbell, `bench-${place}`, host);
    await eventually(() => areDiscovered(dockbell), dockbell.output, 500);
    await SYSTEM_CLOCK.sleep(REST_MS);
    report("resident memory, 1,000 Warehouses discovered", `${Math.round(residentMegabytes(dockbell))} MB`, "< 200 MB");
  });
}

async function fillNamespace(dockbell: Dockbell, namespace: string, host: string): Promise<void> {
  await create(dockbell, NAMESPACES, { metadata: { name: namespace, labels: { [PROJECT_LABEL]: "true" } } });
  const subscriptions = [{ image: { repoURL: `${host}/kargo-demo/app`, constraint: "^1.0.0" } }];
  for (let place = 0; place < WAREHOUSES_EACH; place++) {
    await create(dockbell, WAREHOUSES, {
      metadata: { name: `w${place}`, namespace },
      spec: { interval: "1h", subscriptions },
    });
  }
}

async function create(
  dockbell: Dockbell,
  resource: Resource,
  object: { readonly metadata: ObjectMeta; readonly spec?: object },
): Promise<void> {
  await dockbell.client.create(resource, { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object });
}

async function areDiscovered({ client }: Dockbell): Promise<boolean> {
  const { items } = await client.list<Warehouse>(WAREHOUSES, { limit: 2_000 });
  const discovered = items.filter(({ status }) => status?.discoveredArtifacts?.discoveredAt !== undefined);
  return discovered.length >= NAMESPACE_COUNT * WAREHOUSES_EACH;
}
