import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestClock } from "../../test/support/test-clock.ts";
import { aborted } from "../clock.ts";
import { answeringWithin } from "./answering-within.ts";
import { EMPTY_BODY, type Transport } from "./message.ts";

const REQUEST = { method: "GET", url: "https://127.0.0.1:1/a?b=c", headers: {}, body: EMPTY_BODY };

const silent: Transport = async ({ signal }) => {
  await aborted(signal ?? new AbortController().signal);
  throw new Error("given up");
};

test("an answer that does not begin in time is a silence", async () => {
  const clock = createTestClock();
  const asked = assert.rejects(answeringWithin(10_000, clock, silent)(REQUEST), {
    name: "TransportError",
    problem: "silent",
    message: "GET https://127.0.0.1:1/a: no answer within 10 s",
  });

  await clock.advance(10_000);

  await asked;
});

test("whoever does not want the answer any more is not told of a silence", async () => {
  const giving = new AbortController();
  const asked = answeringWithin(10_000, createTestClock(), silent)({ ...REQUEST, signal: giving.signal });

  giving.abort();

  await assert.rejects(asked, { message: "given up" });
});

test("a body may take longer than its answer may to begin", async () => {
  const clock = createTestClock();
  const slow: Transport = async ({ signal }) => {
    return { status: 200, headers: {}, body: Buffer.from(String(signal?.aborted)) };
  };

  const { body } = await answeringWithin(10_000, clock, slow)(REQUEST);
  await clock.advance(20_000);

  assert.equal(String(body), "false");
});
