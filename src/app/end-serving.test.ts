// The stop of `serve` on a real socket, with a clock that the test moves.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { postText, RawConnection } from "../../test/support/raw-http.ts";
import { createTestClock } from "../../test/support/test-clock.ts";

import { type Handler, jsonResponse, readBody } from "../http/message.ts";
import { startListener } from "../server/listener.ts";
import { endServing } from "./end-serving.ts";
import { beginWork } from "./work.ts";

const BOUND = { timeout: 10_000 };
const SERVE_ON_MS = 600_000;
const END_WITHIN_MS = 1_000;
const reading: Handler = async ({ body }) => jsonResponse(200, (await readBody(body, 100)).length);

async function serving(t: TestContext) {
  const clock = createTestClock();
  const onError = (error: unknown) => assert.fail(String(error));
  const webhooks = await startListener({ handler: reading, host: "127.0.0.1", port: 0, clock, onError });
  t.after(() => webhooks.close(0));
  const controllers = beginWork(clock);
  return { clock, webhooks, controllers, serveOnMs: SERVE_ON_MS, endWithinMs: END_WITHIN_MS };
}

async function post(port: number) {
  const connection = await RawConnection.open(port);
  connection.write(postText("/", "body"));
  return { connection, answer: await connection.answer() };
}

test("webhooks are taken through the whole of the delay, however long, and no longer", BOUND, async (t) => {
  const it = await serving(t);

  const ended = endServing(it);
  await it.clock.advance(SERVE_ON_MS - 1);
  const { answer } = await post(it.webhooks.port);
  await it.clock.advance(1);
  await ended;

  assert.equal(answer.status, 200);
  await assert.rejects(RawConnection.open(it.webhooks.port), { code: "ECONNREFUSED" });
});

test(
  "from the stop on a connection ends with its answer, and one that asks nothing with the delay",
  BOUND,
  async (t) => {
    const it = await serving(t);
    const [busy, idle] = await Promise.all([post(it.webhooks.port), post(it.webhooks.port)]);

    const ended = endServing(it);
    busy.connection.write(postText("/", "body"));
    const last = await busy.connection.answer();
    const afterLast = await busy.connection.rest();
    await it.clock.advance(SERVE_ON_MS - 1);
    const isCutEarly = idle.connection.socket.readableEnded;
    await it.clock.advance(1);
    await ended;

    const words = [busy.answer, idle.answer, last].map(({ headers }) => headers.get("connection"));
    assert.deepEqual(words, [undefined, undefined, "close"]);
    assert.deepEqual([afterLast, isCutEarly, await idle.connection.rest()], ["", false, ""]);
  },
);

test("the Leases are handed over at once", BOUND, async (t) => {
  const it = await serving(t);

  const ended = endServing(it);

  assert.equal(it.controllers.signal.aborted, true);
  await it.clock.advance(SERVE_ON_MS);
  await ended;
});

test("a body that is arriving has all of the time that requests may take to end", BOUND, async (t) => {
  const it = await serving(t);
  const [connection, slow] = await Promise.all([1, 2].map(() => RawConnection.open(it.webhooks.port)));
  const [head = "", tail = ""] = [postText("/", "body").slice(0, -1), "y"];
  for (const one of [connection, slow]) one?.write(head);
  await post(it.webhooks.port);

  const ended = endServing(it);
  await it.clock.advance(SERVE_ON_MS + END_WITHIN_MS - 1);
  connection?.write(tail);
  const answer = await connection?.answer();
  await it.clock.advance(1);
  await ended;

  assert.deepEqual([answer?.status, answer?.body.trim()], [200, "4"]);
  assert.equal(await slow?.rest(), "");
});
