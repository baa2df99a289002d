// What is in force: a flag before the environment before the configuration file before the default. Of the environment,
// our own variable comes before Kargo's.
import type { ServerCommand } from "../cli/program.ts";
import { InputError, messageOf } from "../errors.ts";
import type { ConfigFile } from "./config-file.ts";
import { flagOf, variableOf } from "./setting-names.ts";
import { type SettingKey, type Settings, settingKeys, settingOf } from "./settings.ts";

export interface ConfigurationSources {
  /** What takes the settings. */
  readonly command: ServerCommand;
  /** What the command line gave, by setting. */
  readonly flags: Readonly<Partial<Record<SettingKey, string>>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file?: ConfigFile | undefined;
  /** Defaults that the surroundings decide. */
  readonly defaults: Readonly<Partial<Record<SettingKey, string>>>;
}

/** A setting as it was written, and where: `--listen`, `DOCKBELL_LISTEN`, a variable of Kargo's, `dockbell.yaml:3` or `default`. */
export interface SettingInForce {
  readonly key: SettingKey;
  readonly text: string;
  readonly origin: string;
}

/** Every setting, in the order of the table. Throws `InputError` for an unknown key of the file. */
export function settingsInForce(sources: ConfigurationSources): readonly SettingInForce[] {
  refuseUnknownKeys(sources);
  const above: Record<string, string> = {};
  return settingKeys(sources.command).map((key) => {
    const setting = given(key, sources) ?? { key, text: defaultText(key, sources, above), origin: "default" };
    above[key] = setting.text;
    return setting;
  });
}

function refuseUnknownKeys({ command, flags, file }: ConfigurationSources): void {
  const foreign = (Object.keys(flags) as readonly SettingKey[]).find((key) => !settingOf(command, key));
  if (foreign) throw new InputError(`${flagOf(foreign)} is for dockbell serve alone`);
  const unknown = Object.keys(file?.values ?? {}).find((key) => !settingOf(command, key));
  if (!file || unknown === undefined) return;
  const other = settingOf("serve", unknown) ? `"${unknown}" is for dockbell serve alone` : `unknown key "${unknown}"`;
  throw new InputError(`${file.where(unknown)}: ${other}; there are: ${settingKeys(command).join(", ")}`);
}

function given(key: SettingKey, { command, flags, env, file }: ConfigurationSources): SettingInForce | undefined {
  const flag = flags[key];
  if (flag !== undefined) return { key, text: flag, origin: flagOf(key) };
  const variable = env[variableOf(key)];
  if (variable) return { key, text: variable, origin: variableOf(key) };
  const { schema, kargo } = settingOf(command, key) ?? {};
  const theirs = kargo?.read(env);
  if (kargo && theirs !== undefined) return { key, text: theirs, origin: kargo.names.join(", ") };
  const written = file?.values[key];
  if (!file || written === undefined || written === null) return undefined;
  const origin = file.where(key);
  return { key, text: textOf(written, `${origin}: ${key}`, schema?.["items"] !== undefined), origin };
}

/** A list stands for its values with commas between, as flags and variables write it. */
function textOf(written: unknown, where: string, mayBeList: boolean): string {
  const isList = Array.isArray(written) && mayBeList;
  const values: readonly unknown[] = isList ? written : [written];
  if (!values.some((value) => typeof value === "object")) return values.join(",");
  throw new InputError(`${where} must be ${isList ? "a list of single values" : "a single value"}`);
}

function defaultText(
  key: SettingKey,
  { command, defaults }: ConfigurationSources,
  above: Readonly<Record<string, string>>,
): string {
  const value = settingOf(command, key)?.default;
  return defaults[key] ?? (typeof value === "function" ? value(above) : value) ?? "";
}

/** The values as the program takes them; throws one `InputError` with a line for each wrong one, as `parseSetting` says. */
export function parseSettings<C extends ServerCommand>(command: C, inForce: readonly SettingInForce[]): Settings<C> {
  const faults: unknown[] = [];
  const values = inForce.map((setting) => {
    try {
      return [setting.key, parseSetting(command, setting)] as const;
    } catch (error) {
      faults.push(error);
      return [setting.key, undefined] as const;
    }
  });
  if (faults.length > 0) throw new InputError(faults.map(messageOf).join("\n"), faults[0]);
  return Object.fromEntries(values) as Settings<C>;
}

/** Throws `InputError` that names where a wrong one stands, or its flag. */
export function parseSetting(command: ServerCommand, { key, text, origin }: SettingInForce): unknown {
  try {
    return settingOf(command, key)?.parse(text);
  } catch (error) {
    throw new InputError(`${origin === "default" ? flagOf(key) : origin}: ${messageOf(error)}`, error);
  }
}

/** As a configuration file, each line with where it comes from. */
export function configurationText(inForce: readonly SettingInForce[]): string {
  const lines = inForce.map(({ key, text, origin }) => ({
    line: `${key}: ${JSON.stringify(withoutPassword(text))}`,
    origin,
  }));
  const width = Math.max(...lines.map(({ line }) => line.length));
  return lines.map(({ line, origin }) => `${line.padEnd(width)}  # ${origin}\n`).join("");
}

function withoutPassword(text: string): string {
  return text.replace(/(?<=:\/\/[^/@:]*:)[^/@]+(?=@)/, "***");
}
