import assert from "node:assert/strict";
import { test } from "node:test";
import { startKube } from "../../test/support/kube.ts";
import { createTestClock, HALF } from "../../test/support/test-clock.ts";
import { NAMESPACES, type Namespace, SECRETS, type Secret } from "../resources/core.ts";
import { createInformer } from "./informer.ts";
import { joinInformers } from "./joined-informer.ts";

test("the copies of two namespaces are one, and what is elsewhere is in none", async (t) => {
  const stop = new AbortController();
  t.after(() => stop.abort());
  const surroundings = { clock: createTestClock(), random: HALF };
  const { client, admin } = await startKube({ ...surroundings, signal: stop.signal });
  for (const name of ["a", "b", "c"]) {
    await admin.create<Namespace>(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    await admin.create<Secret>(SECRETS, { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: name } });
  }
  const joined = joinInformers(
    ["a", "b"].map((namespace) =>
      createInformer<Secret>({ ...surroundings, client, resource: SECRETS, namespace, log: () => {} }),
    ),
  );
  const told: string[] = [];
  joined.subscribe(({ key }) => told.push(key));

  const before = joined.isSynced();
  void joined.run(stop.signal);
  await joined.synced;

  const names = [...joined.values()].map(({ metadata }) => metadata.namespace);
  assert.deepEqual([before, joined.isSynced()], [false, true]);
  assert.deepEqual(names.toSorted(), ["a", "b"]);
  assert.deepEqual(told.toSorted(), ["a/s", "b/s"]);
  assert.equal(joined.get("b/s")?.metadata.namespace, "b");
  assert.equal(joined.get("c/s"), undefined);
});
