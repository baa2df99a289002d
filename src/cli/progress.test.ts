import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestClock } from "../../test/support/test-clock.ts";
import { createProgress } from "./progress.ts";
import { NO_TERMINAL } from "./terminal.ts";

function progressOn(columns: number | undefined) {
  const clock = createTestClock();
  let written = "";
  const terminal = columns === undefined ? NO_TERMINAL : { columns, hasColour: false };
  const progress = createProgress({ clock, terminal, write: (text) => (written += text) });
  return { clock, progress, written: () => written };
}

test("what is done within a second says nothing", async () => {
  const { clock, progress, written } = progressOn(80);

  progress.tell("waiting");
  await clock.advance(900);
  progress.tell("still waiting");
  progress.end();

  assert.equal(written(), "");
});

test("off a terminal each new text is one line", async () => {
  const { clock, progress, written } = progressOn(undefined);

  for (const text of ["one", "one", "one", "two\u001b[2J"]) {
    progress.tell(text);
    await clock.advance(1_000);
  }
  progress.end();

  assert.equal(written(), "one\ntwo\\u001b[2J\n");
});

test("on a terminal one line is written over, and is gone in the end", async () => {
  const { clock, progress, written } = progressOn(20);

  await clock.advance(1_500);
  progress.tell("waiting for something far away");
  progress.end();

  assert.equal(written(), "\r\u001b[K1s waiting for som…\r\u001b[K");
});
