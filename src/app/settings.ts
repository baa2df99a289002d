// What `dockbell up` and `dockbell serve` can be told: the one table from which flags, environment, configuration file
// and its schema come.
import { join } from "node:path";
import type { ServerCommand } from "../cli/program.ts";
import { parseDuration } from "../resources/duration.ts";
import { LOG_FORMATS } from "../telemetry/log.ts";
import { type KargoVariables, readListen, sameAs, tlsFile } from "./kargo-variables.ts";
import {
  DELIVERY_LOGS,
  parseAddress,
  parseAdminAddress,
  parseBaseURL,
  parseDeliveryLog,
  parseDirectory,
  parseHosts,
  parseLogFormat,
  parseNamespace,
  parseNamespaces,
  parsePeers,
  parseRegistryAliases,
  parseReplica,
  parseRoles,
  parseSwitch,
  ROLES,
} from "./setting-values.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** One thing to be told. Its key is as in the configuration file; flag and variable follow from it. */
export interface Setting<T> {
  /** What stands for the value in help; empty for one that is on when it is named. */
  readonly placeholder: string;
  readonly description: string;
  /** As it would be written in the file; a function where the settings above it decide, absent where the surroundings do. */
  readonly default?: string | ((above: Readonly<Record<string, string>>) => string);
  /** JSON Schema of the value in the file. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Variables of Kargo's webhook server that say the same: docs/compatibility.md, section 3.1. */
  readonly kargo?: KargoVariables;
  /** Throws `InputError` that says what is wrong with the value and how to write it. */
  readonly parse: (value: string) => T;
}

const LIST_SCHEMA = { type: ["string", "array"], items: { type: "string" } };

const SHARED = {
  dataDir: setting({
    placeholder: "path",
    description: "where everything is kept",
    parse: parseDirectory,
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
    parse: parseAdminAddress,
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
    schema: LIST_SCHEMA,
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
    parse: parseNamespace,
  }),
  systemResourcesNamespace: setting({
    placeholder: "namespace",
    description: "where the Secrets are that a ClusterConfig names",
    default: "kargo-system-resources",
    parse: parseNamespace,
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
    schema: LIST_SCHEMA,
    parse: parseRegistryAliases,
  }),
} as const;

const CLUSTER = {
  kubeconfig: setting({
    placeholder: "path",
    description:
      "the cluster and who we are there; default: the files of KUBECONFIG, else the pod's service account, else ~/.kube/config",
    default: "",
    parse: (text) => text,
  }),
  context: setting({
    placeholder: "name",
    description: "the context of the kubeconfig; default: its current one",
    default: "",
    parse: (text) => text,
  }),
  roles: setting({
    placeholder: "roles",
    description: "what this process does, with commas between",
    default: ROLES.join(","),
    schema: LIST_SCHEMA,
    parse: parseRoles,
  }),
  secretNamespaces: setting({
    placeholder: "namespaces",
    description:
      "whose Secrets the roles projectconfig and warehouse may list, with commas between; default: every namespace",
    default: "",
    schema: LIST_SCHEMA,
    parse: parseNamespaces,
  }),
  takeOver: setting({
    placeholder: "",
    description:
      "run the controllers over CRDs that are not Dockbell's, in the place of Kargo's, which must not run any more",
    default: "false",
    schema: { type: "boolean" },
    parse: parseSwitch,
  }),
  replica: setting({
    placeholder: "name",
    description: "the name of this process, unlike that of any other; default: POD_NAME, else HOSTNAME",
    parse: parseReplica,
  }),
  leaseNamespace: setting({
    placeholder: "namespace",
    description: "where the Leases are by which replicas agree who runs the controllers; default: our own",
    default: "",
    parse: parseNamespace,
  }),
  adminTokenFile: setting({
    placeholder: "path",
    description:
      "file with the bearer token of the admin API, 16 characters or more, the same for all replicas; default: one of our own making",
    default: "",
    parse: (text) => text,
  }),
  adminHosts: setting({
    placeholder: "hosts",
    description:
      "names under which the admin API is reached beside localhost, our addresses and HOSTNAME, with commas between",
    default: "",
    schema: LIST_SCHEMA,
    parse: parseHosts,
  }),
  peers: setting({
    placeholder: "addresses",
    description:
      "the admin APIs of the other replicas, whose deliveries are listed with ours, such as dockbell-peers:8081, with commas between",
    default: "",
    schema: LIST_SCHEMA,
    parse: parsePeers,
  }),
  deliveryLog: setting({
    placeholder: "kind",
    description:
      "disk, or volatile where no volume outlives the process: no webhook is accepted before its Warehouses were refreshed",
    default: "disk",
    schema: { enum: DELIVERY_LOGS },
    parse: parseDeliveryLog,
  }),
  logFormat: setting({
    placeholder: "format",
    description: "console for people, json for programs that collect logs",
    default: "console",
    schema: { enum: LOG_FORMATS },
    kargo: sameAs("LOG_FORMAT"),
    parse: parseLogFormat,
  }),
  shutdownDelay: setting({
    placeholder: "duration",
    description:
      "how long webhooks are still accepted after SIGTERM; all of it passes, so that whatever sends them here hears of it",
    default: "5s",
    parse: parseDuration,
  }),
  shutdownTimeout: setting({
    placeholder: "duration",
    description:
      "how long requests under way may then take to end; a pod's grace period is 5 s longer than delay and timeout together",
    default: "20s",
    kargo: sameAs("GRACEFUL_SHUTDOWN_TIMEOUT"),
    parse: parseDuration,
  }),
} as const;

/** By the command that takes them, in the order of its help. */
export const SETTINGS = {
  up: SHARED,
  serve: {
    ...CLUSTER,
    ...SHARED,
    dataDir: { ...SHARED.dataDir, description: "where deliveries and what was asked of registries are kept" },
    listen: { ...SHARED.listen, default: "0.0.0.0:8080", kargo: { names: ["BIND_ADDRESS", "PORT"], read: readListen } },
    adminListen: { ...SHARED.adminListen, default: "0.0.0.0:8081" },
    tlsCertificate: { ...SHARED.tlsCertificate, kargo: tlsFile("TLS_CERT_PATH") },
    tlsKey: { ...SHARED.tlsKey, kargo: tlsFile("TLS_KEY_PATH") },
    baseURL: {
      ...SHARED.baseURL,
      description: "how senders reach the receivers; there is no default",
      default: "",
      kargo: sameAs("EXTERNAL_WEBHOOK_SERVER_BASE_URL"),
      // Only who publishes URLs needs one: `serve` asks for it.
      parse: (text: string) => (text === "" ? "" : parseBaseURL(text)),
    },
    sharedResourcesNamespace: { ...SHARED.sharedResourcesNamespace, kargo: sameAs("SHARED_RESOURCES_NAMESPACE") },
    systemResourcesNamespace: { ...SHARED.systemResourcesNamespace, kargo: sameAs("SYSTEM_RESOURCES_NAMESPACE") },
  },
} as const;

export type SettingKey = { [C in ServerCommand]: keyof (typeof SETTINGS)[C] }[ServerCommand];

/** Every setting of a command as the program takes it. */
export type Settings<C extends ServerCommand> = {
  readonly [K in keyof (typeof SETTINGS)[C]]: (typeof SETTINGS)[C][K] extends { parse: (value: string) => infer T }
    ? T
    : never;
};

export function settingKeys(command: ServerCommand): readonly SettingKey[] {
  return Object.keys(SETTINGS[command]) as readonly SettingKey[];
}

/** Undefined when the command has none of that name. */
export function settingOf(command: ServerCommand, key: string): Setting<unknown> | undefined {
  const table: Readonly<Record<string, Setting<unknown>>> = SETTINGS[command];
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** `$XDG_DATA_HOME/dockbell`, or `./.dockbell` in a clone; `serve` keeps apart from `up`. */
export function defaultDataDirectory(command: ServerCommand, env: Environment, isClone: boolean): string {
  const name = command === "up" ? "dockbell" : `dockbell-${command}`;
  if (isClone) return `.${name}`;
  return join(env["XDG_DATA_HOME"] || join(env["HOME"] || ".", ".local", "share"), name);
}

function setting<T>(of: Omit<Setting<T>, "schema"> & Partial<Pick<Setting<T>, "schema">>): Setting<T> {
  return { schema: { type: "string" }, ...of };
}
