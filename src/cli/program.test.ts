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

const IMPOSSIBLE: readonly (readonly [words: readonly string[], told: string])[] = [
  [["status", "-n", "A_B"], '--namespace: "A_B" cannot be the name of a namespace'],
  [["secret", "new", "s", "-n", "a.b"], '--namespace: "a.b" cannot be the name of a namespace'],
  [["secret", "new", "X_Y", "-n", "demo"], '<name>: "X_Y" cannot be the name of a Secret'],
  [["wait", "a/b/c", "--tag", "1"], '<warehouse>: "a/b/c" cannot be the name of a Warehouse'],
  [["wait", "/app", "--tag", "1"], '<warehouse>: "/app" cannot be the name of a Warehouse'],
  [["wait", "app", "--tag", ""], '--tag: "" cannot be the name of a tag'],
  [["warehouses", "refresh", "A"], '<warehouse>: "A" cannot be the name of a Warehouse'],
  [["receivers", "url", "a b"], '[receiver]: "a b" cannot be the name of a receiver'],
  [["send", "--receiver", "a/"], '--receiver: "a/" cannot be the name of a receiver'],
  [["send", "--repository", "A B"], '--repository: "A B" cannot be the name of a repository'],
  [
    ["send", "--repository", "example/app:1.0.0"],
    '--repository: "example/app:1.0.0" cannot be the name of a repository',
  ],
  [["send", "--tag", "1 0"], '--tag: "1 0" cannot be the name of a tag'],
  [["status", "--request-timeout", "0s"], '--request-timeout: "0s" leaves no time for an answer'],
];
for (const [words, told] of IMPOSSIBLE) {
  test(`${words.map((word) => word || '""').join(" ")} is refused with what is wrong`, async () => {
    const { program, ran } = quietProgram();

    const refusal = program.parseAsync(words, { from: "user" });

    await assert.rejects(refusal, (error: Error) => {
      return error.name === "InputError" && error.message.startsWith(`${told}: write it like `);
    });
    assert.equal(ran.length, 0);
  });
}

const POSSIBLE = [
  ["receivers", "url", "/all"],
  ["wait", "my-project/app.v1", "--tag", "0.1.0+b"],
  ["send", "--repository", "127.0.0.1:5000/example/app", "--tag", "v1_0"],
  ["send", "--repository", "nginx"],
];
for (const words of POSSIBLE) {
  test(`${words.join(" ")} is taken`, async () => {
    const { program, ran } = quietProgram();

    await program.parseAsync(words, { from: "user" });

    assert.equal(ran.length, 1);
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
