// What `dockbell up` can be told: the one table from which flags, environment, configuration file and its schema come.
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { parseDuration } from "../warehouses/duration.ts";
import { createRegistryAliases } from "../warehouses/registry-aliases.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** One thing to be told. Its key is as in the configuration file; flag and variable follow from it. */
interface Setting<T> {
  /** What stands for the value in help. */
  readonly placeholder: string;
  readonly description: string;
  /** As it would be written in the file; a function where the settings above it decide, absent where the surroundings do. */
  readonly default?: string | ((above: Readonly<Record<string, string>>) => string);
  /** JSON Schema of the value in the file. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Throws `InputError` that says what is wrong with the value and how to write it. */
  readonly parse: (value: string) => T;
}

export const SETTINGS = {
  dataDir: setting({
    placeholder: "path",
    description: "where everything is kept",
    parse: (text) => text,
  }),
  listen: setting({
    placeholder: "address",
    description: "where webhooks arrive",
    default: "127.0.0.1:8080",
    parse: parseAddress,
  }),
  adminListen: setting({
    placeholder: "address",
    description: "where readiness is told to everybody, and deliveries to other commands",
    default: "127.0.0.1:8081",
    parse: parseAddress,
  }),
  tlsCertificate: setting({
    placeholder: "path",
    description: "PEM file with the certificate of the webhook listener; read again when it changes",
    default: "",
    parse: (text) => text,
  }),
  tlsKey: setting({
    placeholder: "path",
    description: "PEM file with the certificate's key",
    default: "",
    parse: (text) => text,
  }),
  baseURL: setting({
    placeholder: "url",
    description: "how senders reach the receivers; default: the listen address, https:// with a certificate",
    default: ({ listen, tlsCertificate }) => `${tlsCertificate ? "https" : "http"}://${listen}`,
    parse: parseBaseURL,
  }),
  answerWithin: setting({
    placeholder: "duration",
    description: "how long an answer waits for the refreshes; 0s answers at once",
    default: "2s",
    parse: parseDuration,
  }),
  plainHTTPRegistries: setting({
    placeholder: "hosts",
    description:
      "registries beside loopback that may be asked in plain HTTP, such as registry.lan:5000, with commas between",
    default: "",
    schema: { type: ["string", "array"], items: { type: "string" } },
    parse: parseHosts,
  }),
  registryCA: setting({
    placeholder: "path",
    description: "PEM file of further certificate authorities whose registries are trusted",
    default: "",
    parse: (text) => text,
  }),
  sharedResourcesNamespace: setting({
    placeholder: "namespace",
    description: "where credentials for the registries of every namespace are kept",
    default: "",
    parse: (text) => text,
  }),
  systemResourcesNamespace: setting({
    placeholder: "namespace",
    description: "where the Secrets are that a ClusterConfig names",
    default: "kargo-system-resources",
    parse: (text) => text,
  }),
  minInterval: setting({
    placeholder: "duration",
    description: "how often a Warehouse is discovered at most without being asked, whatever its interval",
    default: "0s",
    parse: parseDuration,
  }),
  registryAlias: setting({
    placeholder: "alias=registry",
    description:
      "a push reported under either name concerns subscriptions under both, like mirror.example.com=docker.io; repeatable",
    default: "",
    schema: { type: ["string", "array"], items: { type: "string" } },
    parse: parseRegistryAliases,
  }),
} as const;

export type SettingKey = keyof typeof SETTINGS;

export const SETTING_KEYS = Object.keys(SETTINGS) as readonly SettingKey[];

/** Every setting as the program takes it. */
export type Settings = { readonly [K in SettingKey]: ReturnType<(typeof SETTINGS)[K]["parse"]> };

/** `--base-url` for `baseURL`. */
export function flagOf(key: SettingKey): string {
  return `--${words(key).join("-")}`;
}

/** `DOCKBELL_BASE_URL` for `baseURL`. */
export function variableOf(key: SettingKey): string {
  return ["DOCKBELL", ...words(key)].join("_").toUpperCase();
}

/** `--listen <address>` and what help says of it. */
export function helpOf(key: SettingKey): { readonly flag: string; description: string; readonly isList: boolean } {
  const { placeholder, description, default: value, schema }: Setting<unknown> = SETTINGS[key];
  const suffix = value && typeof value === "string" ? ` (default: ${value})` : "";
  const isList = schema["items"] !== undefined;
  return { flag: `${flagOf(key)} <${placeholder}>`, description: description + suffix, isList };
}

/** The JSON Schema of the configuration file. */
export function settingsSchema(): Readonly<Record<string, unknown>> {
  const properties = Object.fromEntries(
    SETTING_KEYS.map((key) => {
      const { schema, description, default: value }: Setting<unknown> = SETTINGS[key];
      return [key, { ...schema, description, ...(typeof value === "string" && { default: value }) }];
    }),
  );
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Configuration of dockbell up",
    type: "object",
    properties,
    additionalProperties: false,
  };
}

/** `host:port`, `[::1]:port` for IPv6. */
export function parseAddress(text: string): Address {
  const match = /^(?<host>\[[^\]]+\]|[^:]+):(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.["port"]);
  if (!match || port > 65_535) throw new InputError(`"${text}" is not an address: write it like 127.0.0.1:8080`);
  return { host: (match.groups?.["host"] ?? "").replace(/^\[|\]$/g, ""), port };
}

export function addressText({ host, port }: Address): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function parseHosts(text: string): readonly string[] {
  const hosts = text.split(",").map((host) => host.trim());
  const wrong = hosts.find((host) => host.includes("/") || host.includes(" "));
  if (wrong !== undefined) throw new InputError(`"${wrong}" is not a host: write it like registry.lan:5000`);
  return hosts.filter((host) => host !== "");
}

function parseBaseURL(text: string): string {
  const { protocol } = URL.parse(text) ?? {};
  if (protocol === "http:" || protocol === "https:") return text;
  throw new InputError(`"${text}" is not an absolute URL: write it like https://dockbell.example.com`);
}

/** `$XDG_DATA_HOME/dockbell`, or `./.dockbell` in a clone. */
export function defaultDataDirectory(env: Readonly<Record<string, string | undefined>>, isClone: boolean): string {
  if (isClone) return ".dockbell";
  return join(env["XDG_DATA_HOME"] || join(env["HOME"] || ".", ".local", "share"), "dockbell");
}

function parseRegistryAliases(text: string): readonly string[] {
  const pairs = text.split(",").map((pair) => pair.trim());
  const given = pairs.filter((pair) => pair !== "");
  createRegistryAliases(given);
  return given;
}

function setting<T>(of: Omit<Setting<T>, "schema"> & Partial<Pick<Setting<T>, "schema">>): Setting<T> {
  return { schema: { type: "string" }, ...of };
}

/** `base`, `url` for `baseURL`. */
function words(key: SettingKey): readonly string[] {
  return key.split(/(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])/).map((word) => word.toLowerCase());
}
