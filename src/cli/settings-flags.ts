// Settings as flags of commands; `app` hands in the table of settings and puts all their sources together.
import { type Command, Option } from "commander";

/** A setting that commands take as a flag; the flag's text reaches the command under `key`. */
export interface SettingFlag {
  readonly key: string;
  /** Like `--listen <address>`, or `--take-over`. */
  readonly flag: string;
  readonly description: string;
  /** Given more than once, the texts have commas between them. */
  readonly isList: boolean;
}

/** What the command line says of the settings; what it does not say, the environment, the file or a default does. */
export interface ConfigFlags {
  readonly configFile: string | undefined;
  readonly settings: Readonly<Record<string, string>>;
}

const PRECEDENCE = `
A flag comes before its environment variable (DOCKBELL_DATA_DIR for --data-dir),
which comes before --config.`;

/** Adds `--config` and a flag for each setting. */
export function withSettings(command: Command, settingFlags: readonly SettingFlag[]): Command {
  command.option("--config <file>", "a configuration file, YAML").addHelpText("after", PRECEDENCE);
  for (const { flag, description, isList } of settingFlags) {
    const option = new Option(flag, description);
    command.addOption(isList ? option.argParser(joined) : option);
  }
  return command;
}

/** What was given of them, from the command's options. */
export function configFlags(
  given: { readonly config?: string } & Readonly<Record<string, unknown>>,
  settingFlags: readonly SettingFlag[],
): ConfigFlags {
  const settings = settingFlags.flatMap(({ key, flag, description }) => {
    const value = given[new Option(flag, description).attributeName()];
    // One without a value is on when it is named.
    return typeof value === "string" || value === true ? [[key, String(value)] as const] : [];
  });
  return { configFile: given.config, settings: Object.fromEntries(settings) };
}

function joined(text: string, before: string | undefined): string {
  return before === undefined ? text : `${before},${text}`;
}
