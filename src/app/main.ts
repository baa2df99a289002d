#!/usr/bin/env node
// The process: reads the command line, runs a command, turns what is thrown into a sentence and an exit code.
// Exit codes are those of `EXIT_CODES`.
import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { CommanderError } from "commander";
import type { ConnectionFlags } from "../cli/connection.ts";
import { exitCodeOf } from "../cli/exit-codes.ts";
import { createProgram, type ServeFlags, type ServerCommand, type UpFlags } from "../cli/program.ts";
import { createProgress } from "../cli/progress.ts";
import type { ConfigFlags } from "../cli/settings-flags.ts";
import { faultText, NO_TERMINAL, type Terminal } from "../cli/terminal.ts";
import { InputError, messageOf } from "../errors.ts";
import {
  configurationText,
  parseSetting,
  parseSettings,
  type SettingInForce,
  settingsInForce,
} from "./configuration.ts";
import { flagsOf, settingsSchema, strangeVariables } from "./setting-names.ts";
import { defaultDataDirectory } from "./settings.ts";
import { ENDING_SIGNALS, SYSTEM_CLOCK, SYSTEM_RANDOM } from "./system.ts";

const print = (text: string) => void process.stdout.write(text);

const complain = (text: string) => void process.stderr.write(text);

/** `hasColors` heeds NO_COLOR and TERM. */
function terminalOf(stream: NodeJS.WriteStream): Terminal {
  return stream.isTTY ? { columns: stream.columns, hasColour: stream.hasColors() } : NO_TERMINAL;
}

/**
 * The first signal asks for a clean stop, with its name for the reason; a Ctrl-C after it ends the process at once.
 * Another may be the same one again: what is sent to a process group reaches us and whoever passes it on to us.
 */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ENDING_SIGNALS) {
    process.on(name, () => {
      if (!stop.signal.aborted) stop.abort(name);
      else if (name === "SIGINT") process.exit(1);
    });
  }
  return stop.signal;
}

/** For what is left once the command is over; where nothing is, the process ends by itself. */
const LEFT_MS = 500;

const ROOT = new URL("../../", import.meta.url);
const IS_CLONE = existsSync(new URL("runtime/package.json", ROOT));

/** The configuration that the command line, the environment and the file named there come to. */
async function inForce(
  command: ServerCommand,
  { configFile, settings }: ConfigFlags,
): Promise<readonly SettingInForce[]> {
  const { env } = process;
  for (const name of strangeVariables(env))
    complain(`dockbell: ${name} is not a setting, and does nothing; docs/configuration.md names those that are\n`);
  const dataDir = defaultDataDirectory(command, env, IS_CLONE);
  const replica = env["POD_NAME"] || env["HOSTNAME"] || hostname();
  const file = configFile === undefined ? undefined : await readConfigFile(configFile);
  return settingsInForce({ command, flags: settings, env, file, defaults: { dataDir, replica } });
}

/** The parser is loaded only for those who have a file. */
async function readConfigFile(path: string) {
  const { parseConfigFile } = await import("./config-file.ts");
  try {
    return parseConfigFile(readFileSync(path, "utf8"), path);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`--config: ${path} cannot be read: ${messageOf(error)}`, error);
  }
}

function sendCommandLine(inForceNow: readonly SettingInForce[]): string {
  const dataDir = inForceNow.find(({ key, origin }) => key === "dataDir" && origin !== "default");
  return `${IS_CLONE ? "npm run dockbell --" : "dockbell"} send${dataDir ? ` --data-dir ${dataDir.text}` : ""}`;
}

async function runUp({ isExample, ...flags }: UpFlags, version: string): Promise<void> {
  const inForceNow = await inForce("up", flags);
  (await import("./heap.ts")).keepHeapSmall();
  const { up } = await import("./up.ts");
  const settings = parseSettings("up", inForceNow);
  const sendCommand = sendCommandLine(inForceNow);
  await up({ settings, isExample, sendCommand, version, print, stop: stopSignal() });
}

async function runServe(flags: ServeFlags, version: string): Promise<void> {
  const settings = parseSettings("serve", await inForce("serve", flags));
  (await import("./heap.ts")).keepHeapSmall();
  const { serve } = await import("./serve.ts");
  await serve({ settings, env: process.env, version, print, stop: stopSignal() });
}

/** A way to what the flags name, to be taken when it is needed. */
async function connector(connectionFlags: ConnectionFlags, version: string) {
  const { kubeconfig, context, namespace, requestTimeoutMs, ...flags } = connectionFlags;
  // A configuration file may be for either command; those of `serve` have every key.
  const inForceNow = await inForce("serve", flags);
  const given = inForceNow.find(({ key, origin }) => key === "dataDir" && origin !== "default");
  if (given) parseSetting("serve", given);
  const directoryOf = (command: ServerCommand) => given?.text ?? defaultDataDirectory(command, process.env, IS_CLONE);
  const [dataDir, serveDataDir] = [directoryOf("up"), directoryOf("serve")];
  const { connect } = await import("./connection.ts");
  const choice = {
    dataDir,
    isDataDirGiven: given !== undefined,
    serveDataDir,
    adminTokenFile: inForceNow.find(({ key }) => key === "adminTokenFile")?.text ?? "",
    kubeconfig,
    context,
    namespace,
    requestTimeoutMs,
    env: process.env,
    userAgent: `dockbell/${version}`,
  };
  return { dataDir, connect: () => connect(choice) };
}

async function main(): Promise<number> {
  const { version } = JSON.parse(readFileSync(new URL("package.json", ROOT), "utf8")) as { version: string };
  const errorTerminal = terminalOf(process.stderr);
  const program = createProgram({
    version,
    settingFlags: { up: flagsOf("up"), serve: flagsOf("serve") },
    clock: SYSTEM_CLOCK,
    random: SYSTEM_RANDOM,
    print,
    terminal: terminalOf(process.stdout),
    errorTerminal,
    startProgress: () => createProgress({ clock: SYSTEM_CLOCK, terminal: errorTerminal, write: complain }),
    async connected(flags, work) {
      const { connect } = await connector(flags, version);
      const connection = connect();
      await work(connection)
        .catch((error) => Promise.reject(connection.explain(error)))
        .finally(connection.close);
    },
    up: (flags) => runUp(flags, version),
    serve: (flags) => runServe(flags, version),
    async config({ command, wantsSchema, ...flags }) {
      if (wantsSchema) return print(`${JSON.stringify(settingsSchema(), undefined, 2)}\n`);
      const settings = await inForce(command, flags);
      parseSettings(command, settings);
      print(configurationText(settings));
    },
    async send(flags) {
      const { sendCommand } = await import("./send.ts");
      await sendCommand(flags, { ...(await connector(flags, version)), print });
    },
  });
  if (process.argv.length === 2) {
    program.outputHelp();
    return 0;
  }
  try {
    await program.parseAsync();
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    complain(faultText(messageOf(error), errorTerminal));
    return exitCodeOf(error);
  }
}

// Whoever reads what we print may leave; that must not end a receiver. What was asked for and not written is a failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") return;
  complain(`dockbell: the output cannot be written: ${error.message}\n`);
  process.exitCode = 1;
});
process.exitCode = (await main()) || (process.exitCode ?? 0);
// What a closer gave up on does not keep the process.
setTimeout(() => process.exit(), LEFT_MS).unref();
