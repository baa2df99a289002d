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

/** As it was written, and where: `--listen`, `DOCKBELL_LISTEN`, a variable of Kargo's, `dockbell.yaml:3`, `default`. */
export interface SettingInForce {
  readonly key: SettingKey;
  readonly text: string;
  readonly origin: string;
  /** Under which a fault of it is told: the origin, with the key behind a line; of a default the flag. */
  readonly place: string;
}

/** Every setting, in the order of the table. Throws `InputError` for an unknown key of the file. */
export function settingsInForce(sources: ConfigurationSources): readonly SettingInForce[] {
  refuseUnknownKeys(sources);
  const above: Record<string, string> = {};
  return settingKeys(sources.command).map((key) => {
    const byDefault = () => ({ text: defaultText(key, sources, above), origin: "default", place: flagOf(key) });
    const setting = { key, ...(given(key, sources) ?? byDefault()) };
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

function given(key: SettingKey, { command, flags, env, file }: ConfigurationSources) {
  const of = (text: string, origin: string, place = origin) => ({ text, origin, place });
  const flag = flags[key];
  if (flag !== undefined) return of(flag, flagOf(key));
  const variable = env[variableOf(key)];
  if (variable) return of(variable, variableOf(key));
  const { schema, kargo } = settingOf(command, key) ?? {};
  const theirs = kargo?.read(env);
  if (kargo && theirs !== undefined) return of(theirs, kargo.names.join(", "));
  const written = file?.values[key];
  if (!file || written === undefined || written === null) return undefined;
  const place = `${file.where(key)}: ${key}`;
  return of(textOf(written, place, schema?.["items"] !== undefined), file.where(key), place);
}

/** A list stands for its values with commas between, as flags and variables write it. */
function textOf(written: unknown, place: string, mayBeList: boolean): string {
  const isList = Array.isArray(written) && mayBeList;
  const values: readonly unknown[] = isList ? written : [written];
  if (!values.some((value) => typeof value === "object")) return values.join(",");
  throw new InputError(`${place} must be ${isList ? "a list of single values" : "a single value"}`);
}

function defaultText(
  key: SettingKey,
  { command, defaults }: ConfigurationSources,
  above: Readonly<Record<string, string>>,
): string {
  const value = settingOf(command, key)?.default;
  return defaults[key] ?? (typeof value === "function" ? value(above) : value) ?? "";
}

/**
 * The values as the program takes them; throws one `InputError` with a line for each wrong one, as `parseSetting` says.
 * A default that a wrong one led to has none.
 */
export function parseSettings<C extends ServerCommand>(command: C, inForce: readonly SettingInForce[]): Settings<C> {
  const faults: unknown[] = [];
  const values = inForce.map((setting) => {
    const { key, origin } = setting;
    try {
      return [key, parseSetting(command, setting)] as const;
    } catch (error) {
      const isDerived = origin === "default" && typeof settingOf(command, key)?.default === "function";
      if (!isDerived || faults.length === 0) faults.push(error);
      return [key, undefined] as const;
    }
  });
  if (faults.length > 0) throw new InputError(faults.map(messageOf).join("\n"), faults[0]);
  return Object.fromEntries(values) as Settings<C>;
}

/** Throws `InputError` that names where a wrong one stands, or its flag. */
export function parseSetting(command: ServerCommand, { key, text, place }: SettingInForce): unknown {
  try {
    return settingOf(command, key)?.parse(text);
  } catch (error) {
    throw new InputError(`${place}: ${messageOf(error)}`, error);
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
