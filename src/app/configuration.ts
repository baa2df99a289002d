// What is in force: a flag before the environment before the configuration file before the default.
import { InputError, messageOf } from "../errors.ts";
import type { ConfigFile } from "./config-file.ts";
import { flagOf, SETTING_KEYS, SETTINGS, type SettingKey, type Settings, variableOf } from "./settings.ts";

export interface ConfigurationSources {
  /** What the command line gave, by setting. */
  readonly flags: Readonly<Partial<Record<SettingKey, string>>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file?: ConfigFile | undefined;
  /** Defaults that the surroundings decide. */
  readonly defaults: Readonly<Partial<Record<SettingKey, string>>>;
}

/** A setting as it was written, and where: `--listen`, `DOCKBELL_LISTEN`, `dockbell.yaml:3` or `default`. */
export interface SettingInForce {
  readonly key: SettingKey;
  readonly text: string;
  readonly origin: string;
}

/** Every setting, in the order of the table. Throws `InputError` for an unknown key of the file. */
export function settingsInForce(sources: ConfigurationSources): readonly SettingInForce[] {
  refuseUnknownKeys(sources.file);
  const above: Record<string, string> = {};
  return SETTING_KEYS.map((key) => {
    const setting = given(key, sources) ?? { key, text: defaultText(key, sources.defaults, above), origin: "default" };
    above[key] = setting.text;
    return setting;
  });
}

function refuseUnknownKeys(file: ConfigFile | undefined): void {
  const unknown = Object.keys(file?.values ?? {}).find((key) => !Object.hasOwn(SETTINGS, key));
  if (file && unknown !== undefined)
    throw new InputError(`${file.where(unknown)}: unknown key "${unknown}"; there are: ${SETTING_KEYS.join(", ")}`);
}

function given(key: SettingKey, { flags, env, file }: ConfigurationSources): SettingInForce | undefined {
  const flag = flags[key];
  if (flag !== undefined) return { key, text: flag, origin: flagOf(key) };
  const variable = env[variableOf(key)];
  if (variable) return { key, text: variable, origin: variableOf(key) };
  const written = file?.values[key];
  if (!file || written === undefined || written === null) return undefined;
  const origin = file.where(key);
  return { key, text: textOf(written, key, origin), origin };
}

/** A list stands for its values with commas between, as flags and variables write it. */
function textOf(written: unknown, key: SettingKey, origin: string): string {
  const isList = Array.isArray(written) && SETTINGS[key].schema["items"] !== undefined;
  const values: readonly unknown[] = isList ? written : [written];
  if (!values.some((value) => typeof value === "object")) return values.join(",");
  throw new InputError(`${origin}: ${key} must be ${isList ? "a list of single values" : "a single value"}`);
}

function defaultText(
  key: SettingKey,
  surroundings: ConfigurationSources["defaults"],
  above: Readonly<Record<string, string>>,
): string {
  const { default: value }: { readonly default?: string | ((above: Readonly<Record<string, string>>) => string) } =
    SETTINGS[key];
  return surroundings[key] ?? (typeof value === "function" ? value(above) : value) ?? "";
}

/** The values as the program takes them; throws `InputError` that names where the wrong one stands. */
export function parseSettings(inForce: readonly SettingInForce[]): Settings {
  return Object.fromEntries(
    inForce.map(({ key, text, origin }) => {
      try {
        return [key, SETTINGS[key].parse(text)];
      } catch (error) {
        throw new InputError(`${origin}: ${messageOf(error)}`, error);
      }
    }),
  ) as Settings;
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
