import assert from "node:assert/strict";
import { test } from "node:test";
import { unexpected } from "../../test/support/kube.ts";
import { createTestClock, HALF } from "../../test/support/test-clock.ts";
import { EMPTY_BODY, readBody } from "../http/message.ts";
import { openDatabase } from "../sqlite.ts";
import { openLocalKube } from "./local-kube.ts";
import { KUBE_MIGRATIONS } from "./store-schema.ts";

async function openApi() {
  const { signal } = new AbortController();
  const database = openDatabase({ path: ":memory:", migrations: KUBE_MIGRATIONS });
  const clock = createTestClock();
  const { handler } = await openLocalKube({ database, clock, random: HALF, token: "t", signal, onError: unexpected });
  return { handler, database };
}

for (const url of ["//", "/api/v1/namespaces/%zz"]) {
  test(`the target ${url} is refused as malformed, whoever asks`, async () => {
    const { handler } = await openApi();

    const { status, body } = await handler({ method: "GET", url, headers: {}, body: EMPTY_BODY });

    const { reason } = JSON.parse(Buffer.from(await readBody(body, 1_000)).toString()) as { reason: string };
    assert.deepEqual([status, reason], [400, "BadRequest"]);
  });
}

test("the refusal of a patched Secret quotes nothing of it", async () => {
  const { handler } = await openApi();
  const headers = { authorization: "Bearer t", "content-type": "application/json" };
  const secrets = "/api/v1/namespaces/kargo-demo/secrets";
  const send = (method: string, url: string, value: object, more = {}) =>
    handler({ method, url, headers: { ...headers, ...more }, body: Buffer.from(JSON.stringify(value)) });
  await send("POST", "/api/v1/namespaces", { metadata: { name: "kargo-demo" } });
  await send("POST", secrets, { metadata: { name: "s" }, data: { token: "aHVudGVyMg==" } });
  const patch = { "content-type": "application/merge-patch+json" };

  const { status, body } = await send("PATCH", `${secrets}/s`, { data: { other: "no base64!" } }, patch);

  const text = Buffer.from(await readBody(body, 10_000)).toString();
  assert.equal(status, 422);
  assert.doesNotMatch(text, /aHVudGVyMg|no base64/);
});

test("a write that the full disk refuses is answered with a Status that says so", async () => {
  const { handler, database } = await openApi();
  database.read((db) => db.exec("PRAGMA max_page_count=1"));
  const headers = { authorization: "Bearer t", "content-type": "application/json" };
  const namespace = { metadata: { name: "large", annotations: { text: "x".repeat(100_000) } } };

  const body = Buffer.from(JSON.stringify(namespace));
  const answer = await handler({ method: "POST", url: "/api/v1/namespaces", headers, body });

  const status = JSON.parse(Buffer.from(await readBody(answer.body, 10_000)).toString()) as Record<string, unknown>;
  assert.deepEqual([answer.status, status["kind"], status["reason"]], [500, "Status", "InternalError"]);
  assert.match(String(status["message"]), /^Internal error occurred: :memory: cannot be written: .*disk is full$/);
});

test("the administrator cannot act as somebody else: the answer would be the administrator's", async () => {
  const { handler } = await openApi();
  const headers = { authorization: "Bearer t", "impersonate-user": "eve" };

  const { body } = await handler({ method: "GET", url: "/api/v1/secrets", headers, body: EMPTY_BODY });

  const status = JSON.parse(Buffer.from(await readBody(body, 10_000)).toString()) as Record<string, unknown>;
  assert.deepEqual([status["code"], status["reason"]], [403, "Forbidden"]);
  assert.match(String(status["message"]), /users "eve" is forbidden: the embedded API has one user/);
});
