// The command line without what is behind it.
import type { Command } from "commander";
import { flagsOf } from "../../src/app/setting-names.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/app/system.ts";
import { createProgram } from "../../src/cli/program.ts";
import { createProgress } from "../../src/cli/progress.ts";
import { NO_TERMINAL } from "../../src/cli/terminal.ts";

/** A program whose commands do nothing but tell `note` what they were called with, or print. */
export function notingProgram(note: (what: unknown) => void = () => {}): Command {
  const command = async (flags: unknown) => note(flags);
  return createProgram({
    version: "1.0.0",
    settingFlags: { up: flagsOf("up"), serve: flagsOf("serve") },
    clock: SYSTEM_CLOCK,
    random: SYSTEM_RANDOM,
    terminal: NO_TERMINAL,
    errorTerminal: NO_TERMINAL,
    print: note,
    startProgress: () => createProgress({ clock: SYSTEM_CLOCK, terminal: NO_TERMINAL, write: () => {} }),
    ...{ connected: command, up: command, serve: command, config: command, send: command },
  });
}
