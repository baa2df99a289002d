// Without a log that outlives the process nothing is promised: an answer of 2xx means that it is done.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BOOKMARK_MS, createWarehouse, getWarehouse, image, receivingFor } from "../../test/support/receiving.ts";
import { KubeError } from "../errors.ts";
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";

const VOLATILE = { isDurable: false };
const unavailable = () => Promise.reject(new KubeError("away", { status: 503, reason: "" }));

test("a push is answered 200 once every Warehouse is refreshed", async (t) => {
  const it = await receivingFor(t, VOLATILE);
  await createWarehouse(it.kube, "w", image("example/app"));

  const { status } = await it.push("example/app", "1.0.0");

  assert.equal(status, 200);
  assert.notEqual((await getWarehouse(it.kube, "w")).metadata.annotations?.[REFRESH_ANNOTATION], undefined);
});

test("a push whose Warehouse cannot be patched is not accepted, and the sender is asked to come back", async (t) => {
  const it = await receivingFor(t, VOLATILE);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.clock.advance(BOOKMARK_MS);
  it.kube.network = unavailable;

  const { status, text, headers } = await it.push("example/app", "1.0.0");

  assert.deepEqual([status, text, headers["retry-after"]], [503, "{}\n", "1"]);
});

test("a push nobody wants is answered 200", async (t) => {
  const it = await receivingFor(t, VOLATILE);

  const { status, text } = await it.push("example/app", "1.0.0");

  assert.deepEqual([status, text], [200, '{"msg":"refreshed 0 warehouse(s)"}\n']);
});
