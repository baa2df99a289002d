import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "../test/support/settle.ts";
import { createTestClock, HALF } from "../test/support/test-clock.ts";
import { backoffMs, repeatUntilDone } from "./backoff.ts";
import { KubeError } from "./errors.ts";

const BACKOFF = { baseMs: 100, capMs: 1_000 };

test("the wait doubles up to its cap, and a quarter of it is left to chance", () => {
  const waits = [0, 1, 2, 3, 4, 50].map((failures) =>
    backoffMs(BACKOFF, { failures, error: new Error("no"), random: HALF }),
  );

  assert.deepEqual(waits, [75, 150, 300, 600, 750, 750]);
});

test("the wait is never shorter than what the API asked for", () => {
  const error = new KubeError("later", { status: 429, reason: "", retryAfterMs: 5_000 });

  const waitMs = backoffMs(BACKOFF, { failures: 0, error, random: HALF });

  assert.equal(waitMs, 5_000);
});

function repeating(failures: number) {
  const clock = createTestClock();
  const stop = new AbortController();
  const seen = { attempts: 0, errors: [] as unknown[], isDone: undefined as boolean | undefined };
  const work = async () => {
    seen.attempts += 1;
    if (seen.attempts <= failures) throw new Error(`failure ${seen.attempts}`);
  };
  const onError = (error: unknown) => seen.errors.push(String(error));
  const options = { backoff: BACKOFF, clock, random: HALF, signal: stop.signal, onError };
  void repeatUntilDone(work, options).then((isDone) => {
    seen.isDone = isDone;
  });
  return { clock, stop, seen };
}

test("work that fails is repeated until it succeeds, and only its first failure is told", async () => {
  const { clock, seen } = repeating(3);

  await clock.advance(10_000);

  assert.deepEqual(seen, { attempts: 4, errors: ["Error: failure 1"], isDone: true });
});

test("once it is to stop, what waits for its turn is tried once more and then left", async () => {
  const { clock, stop, seen } = repeating(Number.POSITIVE_INFINITY);
  await clock.advance(80);

  stop.abort();
  await settle();

  assert.deepEqual([seen.attempts, seen.isDone], [3, false]);
});
