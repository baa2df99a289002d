// What each setting is called on the command line, in the environment and in the configuration file's JSON Schema.
import type { ServerCommand } from "../cli/program.ts";
import { SETTINGS, type Setting, type SettingKey, settingKeys, settingOf } from "./settings.ts";

/** `--base-url` for `baseURL`. */
export function flagOf(key: SettingKey): string {
  return `--${words(key).join("-")}`;
}

/** `DOCKBELL_BASE_URL` for `baseURL`. */
export function variableOf(key: SettingKey): string {
  return ["DOCKBELL", ...words(key)].join("_").toUpperCase();
}

/**
 * Those that look like settings of ours and are none, by a slip of the pen. Of a Service whose name begins with ours,
 * Kubernetes tells containers in such variables too.
 */
export function strangeVariables(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const names = Object.keys(env).filter((name) => name.startsWith("DOCKBELL_"));
  const known = new Set(settingKeys("serve").map(variableOf));
  const services = names.flatMap((name) => /^(.+)_SERVICE_HOST$/.exec(name)?.[1] ?? []);
  const isOfService = (name: string) => services.some((one) => /^_(SERVICE|PORT)(_|$)/.test(afterStart(name, one)));
  return names.filter((name) => !known.has(name) && !isOfService(name));
}

/** Empty for a text that does not start so. */
function afterStart(text: string, start: string): string {
  return text.startsWith(start) ? text.slice(start.length) : "";
}

/** A command's settings as flags: `--listen <address>` and what help says of it. */
export function flagsOf(command: ServerCommand) {
  return Object.entries<Setting<unknown>>(SETTINGS[command]).map(([name, of]) => {
    const key = name as SettingKey;
    const { placeholder, description, default: value, schema, kargo } = of;
    const also = kargo ? ` (also: ${kargo.names.join(", ")})` : "";
    const suffix = value && placeholder && typeof value === "string" ? ` (default: ${value})` : "";
    const isList = schema["items"] !== undefined;
    const flag = placeholder ? `${flagOf(key)} <${placeholder}>` : flagOf(key);
    return { key, flag, description: description + suffix + also, isList };
  });
}

/** The JSON Schema of the configuration file of either command. */
export function settingsSchema(): Readonly<Record<string, unknown>> {
  const properties = Object.fromEntries(
    Object.entries<Setting<unknown>>(SETTINGS.serve).map(([key, { schema, description, default: value }]) => {
      const isShared = settingOf("up", key)?.default === value && typeof value === "string";
      return [key, { ...schema, description, ...(isShared && { default: value }) }];
    }),
  );
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Configuration of dockbell up and dockbell serve",
    type: "object",
    properties,
    additionalProperties: false,
  };
}

/** `base`, `url` for `baseURL`. */
function words(key: SettingKey): readonly string[] {
  return key.split(/(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])/).map((word) => word.toLowerCase());
}
