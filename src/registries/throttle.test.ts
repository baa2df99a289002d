import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestClock, type TestClock } from "../../test/support/test-clock.ts";
import type { RegistryRequest, RegistryResponse } from "./exchange.ts";
import { createThrottle, retryAfterMs } from "./throttle.ts";

const TAGS = "https://registry.example.com/v2/team/app/tags/list";
const MANIFEST = "https://registry.example.com/v2/team/app/manifests/1.0.0";

function request(url = TAGS, method: "GET" | "HEAD" = "GET", account = ""): RegistryRequest {
  return { method, url, headers: {}, maxBodyBytes: 1, account };
}

function answer(status: number, headers: Readonly<Record<string, string>> = {}): RegistryResponse {
  return { status, url: TAGS, body: new Uint8Array(), header: (name) => headers[name] ?? "" };
}

/** A host that gives these answers in turn, then 200; `sentAt` are the moments of the requests. */
function hostOf(clock: TestClock, ...answers: readonly RegistryResponse[]) {
  const sentAt: number[] = [];
  const ask = createThrottle(async () => answers[sentAt.push(clock.monotonicMs()) - 1] ?? answer(200), { clock });
  return { ask, sentAt };
}

test("a host that asks for two seconds of silence gets them, from every request", async () => {
  const clock = createTestClock();
  const { ask, sentAt } = hostOf(clock, answer(429, { "retry-after": "2" }));
  await ask(request());

  const both = Promise.all([ask(request()), ask(request(MANIFEST))]);
  await clock.advance(3_000);
  await both;

  assert.deepEqual(sentAt, [0, 2_000, 2_000]);
});

test("where it asks for an hour, nothing is sent, and the error says when it may be", async () => {
  const clock = createTestClock();
  const { ask, sentAt } = hostOf(clock, answer(503, { "retry-after": "3600" }));
  await ask(request());

  await assert.rejects(ask(request()), {
    status: 429,
    retryAfterMs: 3_600_000,
    message: `GET ${TAGS}: not sent, because registry.example.com asked to be left alone; it may be asked again at 2026-11-24T13:00:00Z`,
  });
  assert.deepEqual(sentAt, [0]);
});

test("one host's silence does not concern another", async () => {
  const clock = createTestClock();
  const { ask, sentAt } = hostOf(clock, answer(429, { "retry-after": "3600" }));
  await ask(request());

  await ask(request("https://other.example.com/v2/"));

  assert.equal(sentAt.length, 2);
});

test("with the pull quota used up, manifests wait and HEAD and other accounts do not", async () => {
  const clock = createTestClock();
  const used = answer(200, { "ratelimit-limit": "100;w=21600", "ratelimit-remaining": "0;w=21600" });
  const { ask, sentAt } = hostOf(clock, used);
  await ask(request(MANIFEST));

  await assert.rejects(ask(request(MANIFEST)), {
    message: `GET ${MANIFEST}: not sent, because registry.example.com has no pulls left of 100 in 21600 s; it may be asked again at 2026-11-24T12:03:36Z`,
  });
  await ask(request(MANIFEST, "HEAD"));
  await ask(request(MANIFEST, "GET", "me"));
  await clock.advance(217_000);
  await ask(request(MANIFEST));

  assert.equal(sentAt.length, 4);
});

test("four requests run side by side at a host, the next ones in order, and who gives up leaves", async () => {
  const clock = createTestClock();
  const begun: string[] = [];
  const finish: (() => void)[] = [];
  const ask = createThrottle(
    ({ url }) => {
      begun.push(url.slice(-1));
      return new Promise((resolve) => finish.push(() => resolve(answer(200))));
    },
    { clock },
  );
  const leaving = new AbortController();

  const calls = ["0", "1", "2", "3", "4", "5"].map((number) => {
    const signal = number === "4" ? leaving.signal : undefined;
    return ask({ ...request(TAGS + number), signal }).catch(() => "left");
  });
  await clock.advance(0);
  const first = begun.join("");
  leaving.abort();
  finish[0]?.();
  await clock.advance(0);
  for (const end of finish) end();

  assert.deepEqual([first, begun.join("")], ["0123", "01235"]);
  assert.equal((await Promise.all(calls))[4], "left");
});

test("Retry-After is a number of seconds, a date, or Docker Hub's moment in seconds", () => {
  const clock = createTestClock();
  const inTenSeconds = (clock.now() + 10_000) / 1000;
  const VALUES: readonly (readonly [string, number | undefined])[] = [
    ["", undefined],
    ["10", 10_000],
    ["0", 0],
    ["Tue, 24 Nov 2026 12:00:10 GMT", 10_000],
    ["Tue, 24 Nov 2020 12:00:10 GMT", 0],
    [String(inTenSeconds), 10_000],
    ["soon", undefined],
    ["-5", undefined],
  ];

  for (const [value, expected] of VALUES) assert.equal(retryAfterMs(value, clock), expected, value);
});
