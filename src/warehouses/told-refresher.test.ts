// What an operator reads in the log while Warehouses cannot be refreshed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createWarehouse, image, PATH, startReceiving } from "../../test/support/receiving.ts";
import { KubeError } from "../errors.ts";

const FORBIDDEN = 'warehouses.kargo.akuity.io "w" is forbidden: User "r" cannot patch';

test("a missing right is told of once for all pushes and Warehouses, and once when it was given", async (t) => {
  const receiving = await startReceiving({ answerWithinMs: 0 });
  t.after(() => receiving.dispose());
  const { kube, clock, lines } = receiving;
  for (const name of ["w", "v"]) await createWarehouse(kube, name, image("example/app"));
  await clock.advance(10);
  kube.network = () => Promise.reject(new KubeError(FORBIDDEN, { status: 403, reason: "Forbidden" }));

  for (const tag of ["1.0.0", "1.0.1", "1.0.2"]) await receiving.push("example/app", tag);
  await clock.advance(90_000);
  const whileRefused = [...lines];
  kube.network = () => undefined;
  await clock.advance(40_000);

  assert.deepEqual(whileRefused, [`refreshing Warehouses fails: ${FORBIDDEN}; trying again`]);
  assert.match(lines.slice(1).join("\n"), /^refreshing Warehouses works again after [\d.]+ s$/);
  assert.ok(!lines.join("\n").includes(PATH));
});
