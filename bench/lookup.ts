// Finding the Warehouses of a push among 10, 1,000 and 10,000 of them, one of which subscribes to the repository.
import { SYSTEM_CLOCK } from "../src/app/system.ts";
import type { Warehouse } from "../src/resources/warehouse.ts";
import { createWarehouseIndex, type WarehouseIndex } from "../src/warehouses/match.ts";
import { createRegistryAliases } from "../src/warehouses/registry-aliases.ts";
import { quantile, type Report } from "./subject.ts";

const SIZES = [10, 1_000, 10_000];
const ROUNDS = 15;
const LOOKUPS = 20_000;

export async function benchLookup(report: Report): Promise<void> {
  const indexes = SIZES.map(indexOf);
  const perLookup = SIZES.map((): number[] => []);
  // The first round warms up; the sizes take turns, because machines are noisy.
  for (let round = 0; round <= ROUNDS; round++) {
    indexes.forEach((index, place) => {
      const ns = timeLookups(index);
      if (round > 0) perLookup[place]?.push(ns);
    });
  }
  const [smallest = Number.NaN, ...others] = perLookup.map((times) => quantile(times, 0.5));
  report("lookup of one push, 10 Warehouses, p50", `${Math.round(smallest)} ns`, "—");
  others.forEach((ns, place) => {
    const size = SIZES[place + 1]?.toLocaleString("en");
    report(`lookup with ${size} Warehouses / with 10`, `${(ns / smallest).toFixed(2)}`, "≤ 2 (flat)");
  });
}

/** One namespace for every ten Warehouses. */
function indexOf(size: number): WarehouseIndex {
  const index = createWarehouseIndex(createRegistryAliases([]));
  for (let place = 0; place < size; place++) {
    const metadata = { name: `w${place}`, namespace: `p${Math.floor(place / 10)}`, uid: String(place), generation: 1 };
    const subscriptions = [{ image: { repoURL: `example/app-${place}`, constraint: "^1.0.0" } }];
    const warehouse = { apiVersion: "", kind: "", metadata, spec: { interval: "5m0s", subscriptions } } as Warehouse;
    index.update(`${metadata.namespace}/${metadata.name}`, warehouse);
  }
  return index;
}

/** Nanoseconds for one. */
function timeLookups(index: WarehouseIndex): number {
  const startedAt = SYSTEM_CLOCK.monotonicMs();
  let found = 0;
  for (let turn = 0; turn < LOOKUPS; turn++) {
    found += index.match({ project: "p0", repoURLs: [`example/app-${turn % 10}`], tags: ["1.2.3"] }).length;
  }
  if (found !== LOOKUPS) throw new Error(`${found} of ${LOOKUPS} lookups found their Warehouse`);
  return ((SYSTEM_CLOCK.monotonicMs() - startedAt) * 1e6) / LOOKUPS;
}
