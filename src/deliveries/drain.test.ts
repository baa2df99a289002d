import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answerRefresh,
  BOOKMARK_MS,
  createWarehouse,
  image,
  PATH,
  payload,
  receivingFor,
  verdicts,
} from "../../test/support/receiving.ts";
import type { BodyRead } from "../http/message.ts";

test("a receiver that is drained takes nothing, works on what it took, and tells how much that is", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.0.0");
  await it.clock.advance(BOOKMARK_MS);

  it.drain.begin();
  const refused = await it.push("example/app", "1.1.0");
  const before = it.drain.state();
  await answerRefresh(it.kube, "w");

  assert.deepEqual([refused.status, refused.headers["retry-after"]], [503, "1"]);
  assert.deepEqual([before, it.drain.state().openCount], [{ isDraining: true, openCount: 1 }, 0]);
  assert.deepEqual(verdicts(it), ["done"]);
});

test("a webhook whose body is still arriving when the receiver is drained is not taken", async (t) => {
  const it = await receivingFor(t);
  const body = Promise.withResolvers<BodyRead>();
  const answer = it.receiver({ method: "POST", url: PATH, headers: {}, body: { readUpTo: () => body.promise } });

  it.drain.begin();
  body.resolve({ bytes: Buffer.from(payload("example/app", "1.0.0")) });

  assert.equal((await answer).status, 503);
  assert.deepEqual([verdicts(it), it.drain.state().openCount], [[], 0]);
});

test("what an earlier process left open counts before it is taken up", async (t) => {
  const it = await receivingFor(t);
  await createWarehouse(it.kube, "w", image("example/app"));
  await it.push("example/app", "1.0.0");
  it.kube.network = () => Promise.reject(new Error("away"));

  await it.restart();

  assert.equal(it.drain.state().openCount, 1);
});
