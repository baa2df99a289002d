// More pushes for one Warehouse than its list holds, through receiver, controller and a registry in one process, in
// virtual time: each is answered for in the end, and nothing is asked for in a loop.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createInstruments } from "../../src/app/instruments.ts";
import { startWarehouseRole } from "../../src/app/warehouse-role.ts";
import { beginWork } from "../../src/app/work.ts";
import { createInformer } from "../../src/kube/informer.ts";
import { SECRETS, type Secret } from "../../src/resources/core.ts";
import { WAREHOUSES, type Warehouse } from "../../src/resources/warehouse.ts";
import { createTroubles } from "../../src/telemetry/troubles.ts";
import { createImageRegistry, HOST, type ImageRegistry } from "../support/image-registry.ts";
import {
  createWarehouse,
  getWarehouse,
  image,
  pushesOf,
  type Receiving,
  receivingFor,
  targetStates,
  verdicts,
} from "../support/receiving.ts";
import { settle, until } from "../support/settle.ts";
import { createTestRandom } from "../support/test-clock.ts";

/** The list on the Warehouse holds two thirds of them. */
const PUSHES = 120;
const TAGS = Array.from({ length: PUSHES }, (_, place) => `1.0.${place}`);
/** The default of `discoveryLimit`. */
const KEPT = 20;
const MISSED = "not-visible a full scan did not find the tag: it is asked for by name again";
const INVISIBLE = "not-visible the registry does not show the tag yet";

interface Walk extends Receiving {
  readonly registry: ImageRegistry;
  /** Patches that the receiver wrote so far. */
  patches(): number;
  /** Lets time pass, and what becomes due in it come to rest. */
  pass(ms: number, stepMs?: number): Promise<void>;
}

async function walk(t: TestContext): Promise<Walk> {
  const receiving = await receivingFor(t, { answerWithinMs: 0 });
  const registry = createImageRegistry();
  const { kube, clock } = receiving;
  const [random, log, running] = [createTestRandom(), () => {}, beginWork(clock)];
  const troubles = createTroubles({ clock, log, signal: running.signal, meanwhile: () => "" });
  const shared = { client: kube.admin, clock, random, log, troubles, instruments: createInstruments(clock, "test") };
  const warehouses = createInformer<Warehouse>({ ...shared, resource: WAREHOUSES });
  const secrets = createInformer<Secret>({ ...shared, resource: SECRETS });
  const policy = { sharedResourcesNamespace: "", minIntervalMs: 0 };
  const term = { client: kube.admin, running };
  startWarehouseRole({ ...shared, ...policy, registries: registry.client, term, warehouses, secrets });
  for (const informer of [warehouses, secrets]) void informer.run(running.signal);
  t.after(async () => {
    await running.end(0);
    registry.dispose();
  });
  await registry.pushImage("app", "1.0.0-first");
  await createWarehouse(kube, "w", image(`${HOST}/app`, { constraint: ">=1.0.0-0" }));
  const status = async () => (await getWarehouse(kube, "w")).status;
  await until(async () => (await status())?.discoveredArtifacts !== undefined);
  return {
    ...receiving,
    registry,
    patches: () => kube.requests.filter((line) => line.startsWith("PATCH")).length,
    async pass(ms, stepMs = 500) {
      for (let left = ms; left > 0; left -= stepMs) {
        await clock.advance(Math.min(left, stepMs));
        await settle(30);
      }
    },
  };
}

const counts = (states: readonly string[]) =>
  Object.fromEntries([...Map.groupBy(states, (state) => state)].map(([state, same]) => [state, same.length]));

test("pushes that no registry shows are told to be so, asked for at growing pauses, and given up in the end", async (t) => {
  const it = await walk(t);
  await Promise.all(TAGS.map((tag) => it.push(`${HOST}/app`, tag)));
  await it.pass(10_000);
  const [early, earlyPatches] = [counts(targetStates(it)), it.patches()];
  const list = pushesOf(await getWarehouse(it.kube, "w"));

  await it.pass(60_000, 2_000);
  const minutePatches = it.patches() - earlyPatches;
  await it.pass(16 * 60_000, 20_000);

  assert.deepEqual(Object.keys(early).sort(), [MISSED, INVISIBLE].sort());
  assert.equal(list.filter((name) => name === "full-scan").length, 1);
  assert.ok(earlyPatches < 40 && minutePatches < 8, `${earlyPatches} patches, then ${minutePatches}`);
  assert.deepEqual(counts(verdicts(it)), { done: PUSHES });
});

test("a tag that had no place in the list is discovered once the registry shows it", async (t) => {
  const it = await walk(t);
  await Promise.all(TAGS.map((tag) => it.push(`${HOST}/app`, tag)));
  await it.pass(10_000);

  await it.registry.pushImage("app", TAGS[0] ?? "");
  await it.pass(3 * 60_000, 5_000);

  assert.equal(targetStates(it)[0], "discovered");
});

test("of a burst of real tags each is discovered, or told not to be among the newest", async (t) => {
  const it = await walk(t);
  for (const tag of TAGS) await it.registry.pushImage("app", tag);
  await Promise.all(TAGS.map((tag) => it.push(`${HOST}/app`, tag)));

  await it.pass(20_000);

  const states = targetStates(it).map((state) => state.split(" ")[0] ?? "");
  // Before the scan of everything, the first of them may have been among the newest.
  assert.deepEqual([...new Set(states.slice(1, -KEPT)), ...new Set(states.slice(-KEPT))], ["not-wanted", "discovered"]);
  assert.deepEqual(counts(verdicts(it)), { done: PUSHES });
});
