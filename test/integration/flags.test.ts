// What is said of a flag whose value is wrong: the flag, the value, and how to write it, before anything is begun.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Command, Option } from "commander";
import { createDockbell } from "../support/dockbell.ts";
import { notingProgram } from "../support/program.ts";

/** By what stands for the value in help: a wrong one, and how what is said of it begins. */
const WRONG: Readonly<Record<string, readonly [value: string, says: string]>> = {
  duration: ["1y", '"1y" is not a duration: write it in hours, minutes and seconds, like 1h, 5m0s or 1.5s'],
  count: ["501", '"501" is not a number from 1 to 500: write it like 20'],
  address: ["1", '"1" is not an address: write it like '],
  addresses: ["a:1,b", '"b" is not an address: write it like '],
};

interface Flag {
  /** What a command line needs before the flag. */
  readonly words: readonly string[];
  readonly long: string;
  readonly placeholder: string;
}

function flagsBelow(command: Command, path: readonly string[]): readonly Flag[] {
  const below = command.commands.flatMap((one) => flagsBelow(one, [...path, one.name()]));
  const words = [...path, ...command.registeredArguments.map(({ argChoices }) => argChoices?.at(-1) ?? "x")];
  const needed = command.options.filter(({ mandatory }) => mandatory).flatMap(({ long }) => [long ?? "", "x"]);
  const own = command.options.map((option) => ({ words: [...words, ...needed], ...spelled(option) }));
  return [...below, ...own.filter(({ placeholder }) => placeholder in WRONG)];
}

function spelled({ long, flags }: Option) {
  return { long: long ?? "", placeholder: /<([^>]+)>/.exec(flags)?.[1] ?? "" };
}

function dockbellFor(t: TestContext) {
  const dockbell = createDockbell();
  t.after(() => dockbell.dispose());
  return dockbell;
}

for (const { words, long, placeholder } of flagsBelow(notingProgram(), [])) {
  test(`dockbell ${words.join(" ")} ${long} names the flag and says how to write it`, async (t) => {
    const dockbell = dockbellFor(t);
    const [value = "", says = ""] = WRONG[placeholder] ?? [];

    const { code, output } = await dockbell.run(...words, `${long}=${value}`);

    assert.equal(code, 2);
    assert.equal(output.split(says)[0], `dockbell: ${long}: `);
    assert.match(output, /^[^\n]+\n$/);
  });
}

for (const words of [["up"], ["serve"], ["status"], ["send"], ["config"]]) {
  test(`dockbell ${words.join(" ")} takes no empty --data-dir for the current directory`, async (t) => {
    const { code, output } = await dockbellFor(t).run(...words, "--data-dir=");

    assert.equal(code, 2);
    assert.match(output, /^dockbell: --data-dir: "" is not a directory: write it like [^\n]+\n$/);
  });
}

const USAGE = [
  [["--bogus"], "dockbell: unknown option '--bogus'\n(--help tells more)\n"],
  [["serve", "--bogus"], "dockbell: unknown option '--bogus'\n(--help tells more)\n"],
  [["bogus"], "dockbell: unknown command 'bogus'\n(--help tells more)\n"],
  [["wait"], "dockbell: required option '--tag <tag>' not specified\n(--help tells more)\n"],
] as const;
for (const [words, says] of USAGE) {
  test(`dockbell ${words.join(" ")} is refused in the words of all faults`, async (t) => {
    const { code, output } = await dockbellFor(t).run(...words);

    assert.deepEqual([code, output], [2, says]);
  });
}
