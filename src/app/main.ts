#!/usr/bin/env node
// The process: reads the command line, runs a command, turns what is thrown into a sentence and an exit code.
// Exit codes: 0 done, 1 failed, 2 used wrongly.
import { existsSync, readFileSync } from "node:fs";
import { CommanderError } from "commander";
import { createProgram, type UpFlags } from "../cli/program.ts";
import { InputError, messageOf } from "../errors.ts";
import { parseDuration } from "../warehouses/duration.ts";
import { defaultDataDirectory } from "./settings.ts";

const print = (text: string) => void process.stdout.write(text);

/** The first Ctrl-C asks for a clean stop; a second one ends the process at once. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => (stop.signal.aborted ? process.exit(1) : stop.abort()));
  }
  return stop.signal;
}

async function runUp(flags: UpFlags, version: string): Promise<void> {
  const { up } = await import("./up.ts");
  const answerWithinMs = parseDuration(flags.answerWithin);
  await up({ ...flags, answerWithinMs, isExample: flags.example ?? false, version }, print, stopSignal());
}

async function main(): Promise<number> {
  const root = new URL("../../", import.meta.url);
  const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { version: string };
  const isClone = existsSync(new URL("runtime/package.json", root));
  const program = createProgram(version, defaultDataDirectory(process.env, isClone), {
    up: (flags) => runUp(flags, version),
    send: async (flags) => (await import("./send.ts")).sendCommand(flags, version, print),
  });
  try {
    await program.parseAsync();
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`dockbell: ${error instanceof InputError ? error.message : messageOf(error)}\n`);
    return error instanceof InputError ? 2 : 1;
  }
}

process.exitCode = await main();
