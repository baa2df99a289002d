import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestClock, HALF } from "../../test/support/test-clock.ts";
import { EMPTY_BODY, readBody } from "../http/message.ts";
import { openDatabase } from "../sqlite.ts";
import { openLocalKube } from "./local-kube.ts";
import { KUBE_MIGRATIONS } from "./store.ts";

test("the administrator cannot act as somebody else: the answer would be the administrator's", async () => {
  const stop = new AbortController();
  const database = openDatabase({ path: ":memory:", migrations: KUBE_MIGRATIONS });
  const { signal } = stop;
  const { handler } = await openLocalKube({ database, clock: createTestClock(), random: HALF, token: "t", signal });

  const headers = { authorization: "Bearer t", "impersonate-user": "eve" };
  const answer = await handler({ method: "GET", url: "/api/v1/secrets", headers, body: EMPTY_BODY });
  const status = JSON.parse(Buffer.from(await readBody(answer.body, 10_000)).toString()) as Record<string, unknown>;

  assert.deepEqual([status["code"], status["reason"]], [403, "Forbidden"]);
  assert.match(String(status["message"]), /users "eve" is forbidden: the embedded API has one user/);
  stop.abort();
  await database.close();
});
