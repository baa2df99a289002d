import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestClock, HALF, type TestClock } from "../../test/support/test-clock.ts";
import { TransportError, type TransportProblem } from "../errors.ts";
import type { RegistryRequest, RegistryResponse } from "./exchange.ts";
import { createRetry } from "./retry.ts";

const REQUEST: RegistryRequest = { method: "GET", url: "https://r/v2/", headers: {}, maxBodyBytes: 1, account: "" };

/** What happens in turn: a status, or a problem on the way; the last one goes on. */
async function run(clock: TestClock, outcomes: readonly (number | TransportProblem)[], signal?: AbortSignal) {
  const sentAt: number[] = [];
  const ask = createRetry(
    async (): Promise<RegistryResponse> => {
      const outcome = outcomes[Math.min(sentAt.push(clock.monotonicMs()), outcomes.length) - 1] ?? 200;
      if (typeof outcome === "string") throw new TransportError(outcome, { problem: outcome, isRetryable: true });
      return { status: outcome, url: REQUEST.url, body: new Uint8Array(), header: () => "" };
    },
    { clock, random: HALF },
  );
  const result = ask({ ...REQUEST, signal }).then(
    ({ status }) => status,
    (error: TransportError) => error.problem,
  );
  await clock.advance(10_000);
  return { result: await result, sentAt };
}

const CASES: readonly (readonly [
  outcomes: (number | TransportProblem)[],
  result: number | string,
  attempts: number,
])[] = [
  [[200], 200, 1],
  [[503, 200], 200, 2],
  [["reset", "cut-short", 200], 200, 3],
  [[429, 500, 504, 200], 504, 3],
  [[408, 200], 200, 2],
  [["reset"], "reset", 3],
  [[401, 200], 401, 1],
  [[404, 200], 404, 1],
  [[501, 200], 501, 1],
  [[520, 200], 200, 2],
  [["silent", 200], "silent", 1],
  [["certificate-expired", 200], "certificate-expired", 1],
  [["name-unknown", 200], "name-unknown", 1],
];

for (const [outcomes, expected, attempts] of CASES) {
  test(`${outcomes.join(", ")} ends as ${expected} after ${attempts} of at most 3 attempts`, async () => {
    const { result, sentAt } = await run(createTestClock(), outcomes);

    assert.deepEqual([result, sentAt.length], [expected, attempts]);
  });
}

test("the attempts come later and later", async () => {
  const { sentAt } = await run(createTestClock(), [500]);

  assert.deepEqual(sentAt, [0, 375, 1_125]);
});

test("nothing is asked again for who no longer wants it", async () => {
  const { sentAt } = await run(createTestClock(), [500], AbortSignal.abort());

  assert.equal(sentAt.length, 1);
});
