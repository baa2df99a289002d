import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readAnswer, readError, retryAfterMs } from "./answer.ts";

describe("Retry-After is", () => {
  const cases: readonly (readonly [what: string, headers: Record<string, string>, ms: number | undefined])[] = [
    ["seconds", { "retry-after": "7" }, 7_000],
    [
      "a date, by the server's own clock",
      { "retry-after": "Tue, 24 Nov 2026 12:00:30 GMT", date: "Tue, 24 Nov 2026 12:00:00 GMT" },
      30_000,
    ],
    [
      "nothing to wait for once its date has passed",
      { "retry-after": "Tue, 24 Nov 2026 11:00:00 GMT", date: "Tue, 24 Nov 2026 12:00:00 GMT" },
      0,
    ],
    ["unknown without a Date beside its date", { "retry-after": "Tue, 24 Nov 2026 12:00:30 GMT" }, undefined],
    ["unknown when it is neither", { "retry-after": "later" }, undefined],
    ["unknown when it is absent", {}, undefined],
  ];
  for (const [what, headers, ms] of cases) {
    test(what, () => {
      assert.equal(retryAfterMs(headers), ms);
    });
  }
});

test("a Status becomes an error with its reason and what it asks", async () => {
  const body = Buffer.from('{"message":"m","reason":"R","details":{"retryAfterSeconds":2}}');

  const error = await readError({ status: 504, headers: {}, body }, "GET https://k/x");

  const { message, status, reason, retryAfterMs: waitMs, isRetryable } = error;
  assert.deepEqual(
    { message, status, reason, waitMs, isRetryable },
    { message: "GET https://k/x: m", status: 504, reason: "R", waitMs: 2_000, isRetryable: true },
  );
});

test("an error page of something in between is quoted", async () => {
  const body = Buffer.from("<html>Bad Gateway</html>");

  const error = await readError({ status: 502, headers: {}, body }, "GET https://k/x");

  assert.equal(error.message, "GET https://k/x: <html>Bad Gateway</html>");
});

test("a success that is not JSON is no answer", async () => {
  const response = { status: 200, headers: {}, body: Buffer.from("<html>Log in</html>") };

  await assert.rejects(readAnswer(response, "GET https://k/x"), {
    name: "TransportError",
    message: "GET https://k/x: the answer (19 characters) is not JSON",
  });
});
