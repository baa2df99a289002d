// What a command that waits says of whoever it asks, on a clock that stands still.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestClock } from "../../test/support/test-clock.ts";
import { aborted } from "../clock.ts";
import { TransportError } from "../errors.ts";
import { createProgress } from "./progress.ts";
import { NO_TERMINAL } from "./terminal.ts";
import { Waiting } from "./waiting.ts";

function startWaiting(seconds: number) {
  const clock = createTestClock();
  const progress = createProgress({ clock, terminal: NO_TERMINAL, write: () => {} });
  const timeout = { text: `${seconds}s`, ms: seconds * 1_000 };
  const waiting = new Waiting({ clock, progress, timeout, missing: "it did not come", subject: "team/app" });
  return { clock, waiting };
}

/** As a request that nobody answers ends, once it is given up. */
function unanswered(signal: AbortSignal): Promise<never> {
  return aborted(signal).then(() => Promise.reject(new TransportError("given up", GIVEN_UP)));
}

const GIVEN_UP = { problem: "aborted", isRetryable: false } as const;

test("whoever does not answer is waited for as long as it was said, and no longer", async () => {
  const { clock, waiting } = startWaiting(3);
  const asked = assert.rejects(waiting.ask(unanswered), {
    name: "WaitTimeoutError",
    message: "it did not come within 3s; team/app: the API server did not answer",
  });

  await clock.advance(3_000);

  await asked;
});

test("a question that got no answer in its time is asked again", async () => {
  const { clock, waiting } = startWaiting(60);
  const answers = [Promise.reject(new TransportError("no answer within 10 s", { ...GIVEN_UP, problem: "silent" })), 7];
  const asked = waiting.ask(async () => answers.shift());

  await clock.advance(1_000);

  assert.equal(await asked, 7);
});

test("what was known before the answers ceased is said", async () => {
  const { clock, waiting } = startWaiting(3);
  const looking = waiting.lookAgain("team/app: the newest is 1.0.0");
  await clock.advance(200);
  await looking;
  const asked = assert.rejects(waiting.ask(unanswered), {
    message: "it did not come within 3s; team/app: the newest is 1.0.0; then the API server did not answer",
  });

  await clock.advance(2_800);

  await asked;
});

test("the last look begins when the time is over, and no other follows it", async () => {
  const { clock, waiting } = startWaiting(1);
  const looks: number[] = [];
  const look = async () => {
    while (true) {
      looks.push(await waiting.ask(async () => clock.monotonicMs()));
      await waiting.lookAgain("team/app: none");
    }
  };
  const looked = assert.rejects(look(), { message: "it did not come within 1s; team/app: none" });

  await clock.advance(10_000);

  await looked;
  assert.equal(looks.at(-1), 1_000);
});
