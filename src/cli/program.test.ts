// The command line as help shows it: every example must be one that the program takes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { notingProgram } from "../../test/support/program.ts";
import { EXAMPLES } from "./examples.ts";
import type { SendFlags } from "./send-flags.ts";

/** Its usage errors are not printed; `ran` is what its commands were called with. */
function quietProgram() {
  const ran: unknown[] = [];
  const program = notingProgram((what) => void ran.push(what));
  for (const one of [program, ...program.commands]) one.configureOutput({ writeErr: () => {} });
  return { program, ran };
}

/** The words of a line up to its comment, redirection or pipe. */
function wordsOf(line: string): readonly string[] {
  const [command = ""] = line.replace(/^source <\((.*)\)/, "$1").split(/ [#>|]/);
  return command.trim().split(/ +/).slice(1);
}

for (const [path, lines] of Object.entries(EXAMPLES)) {
  test(`the examples of dockbell ${path} are ones that it takes`, async () => {
    for (const line of lines) {
      const { program, ran } = quietProgram();

      await program.parseAsync(wordsOf(line), { from: "user" });

      assert.equal(ran.length, 1, line);
    }
  });
}

async function sendFlags(...words: readonly string[]): Promise<SendFlags> {
  const { program, ran } = quietProgram();
  await program.parseAsync(["send", ...words], { from: "user" });
  return ran[0] as SendFlags;
}

const MEDIA_TYPES = [
  { words: [], is: undefined },
  { words: ["--no-media-type"], is: false },
  { words: ["--media-type", "a/b"], is: "a/b" },
];
for (const { words, is } of MEDIA_TYPES) {
  test(`send ${words.join(" ")} has the media type ${is}`, async () => {
    assert.equal((await sendFlags(...words)).mediaType, is);
  });
}

const CONTRADICTIONS = [
  ["--file", "body.json", "--tag", "1.0.0"],
  ["--chart", "--multi-arch"],
  ["--url", "http://127.0.0.1/x", "--receiver", "r"],
];
for (const words of CONTRADICTIONS) {
  test(`send ${words.join(" ")} is refused`, async () => {
    await assert.rejects(sendFlags(...words), { code: "commander.conflictingOption" });
  });
}
