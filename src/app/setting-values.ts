// How the values of settings are written, and what is said of a wrong one. `settings` has them in its table.
import { InputError } from "../errors.ts";
import { dnsSubdomainFaults } from "../resources/names.ts";
import { LOG_FORMATS, type LogFormat } from "../telemetry/log.ts";
import { createRegistryAliases } from "../warehouses/registry-aliases.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

export const ROLES = ["receiver", "projectconfig", "warehouse"] as const;

/** `receiver` takes webhooks and refreshes, `projectconfig` publishes URLs, `warehouse` discovers. */
export type Role = (typeof ROLES)[number];

export const DELIVERY_LOGS = ["disk", "volatile"] as const;

export type DeliveryLogKind = (typeof DELIVERY_LOGS)[number];

/** `host:port`, `[::1]:port` for IPv6. */
export function parseAddress(text: string): Address {
  const match = /^(?<host>\[[^\]]+\]|[^:]+):(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.["port"]);
  if (!match || port > 65_535) throw new InputError(`"${text}" is not an address: write it like 127.0.0.1:8080`);
  return { host: (match.groups?.["host"] ?? "").replace(/^\[|\]$/g, ""), port };
}

export function addressText({ host, port }: Address): string {
  return `${hostText(host)}:${port}`;
}

/** As it stands in a URL. */
export function hostText(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** Without a port a host is meant whatever its port. */
export function parseHosts(text: string): readonly string[] {
  const hosts = listOf(text);
  const wrong = hosts.find((host) => host.includes("/") || host.includes(" "));
  if (wrong !== undefined) throw new InputError(`"${wrong}" is not a host: write it like registry.lan:5000`);
  return hosts;
}

export function parseBaseURL(text: string): string {
  const { protocol } = URL.parse(text) ?? {};
  if (protocol === "http:" || protocol === "https:") return text;
  throw new InputError(`"${text}" is not an absolute URL: write it like https://dockbell.example.com`);
}

export function parseRegistryAliases(text: string): readonly string[] {
  const given = listOf(text);
  createRegistryAliases(given);
  return given;
}

/** None twice. */
export function parseNamespaces(text: string): readonly string[] {
  const named = [...new Set(listOf(text))];
  const wrong = named.find((name) => dnsSubdomainFaults(name).length > 0);
  if (wrong !== undefined) throw new InputError(`"${wrong}" is not the name of a namespace`);
  return named;
}

export function parseRoles(text: string): ReadonlySet<Role> {
  const named = listOf(text);
  const wrong = named.find((name) => !ROLES.some((role) => role === name));
  if (wrong !== undefined) throw new InputError(`"${wrong}" is not a role: there are ${ROLES.join(", ")}`);
  if (named.length === 0) throw new InputError(`name at least one role: there are ${ROLES.join(", ")}`);
  return new Set(ROLES.filter((role) => named.includes(role)));
}

export function parseSwitch(text: string): boolean {
  if (text === "true" || text === "false") return text === "true";
  throw new InputError(`"${text}" is neither true nor false`);
}

export function parseDeliveryLog(text: string): DeliveryLogKind {
  return oneOf(DELIVERY_LOGS, text, "a delivery log");
}

export function parseLogFormat(text: string): LogFormat {
  return oneOf(LOG_FORMATS, text, "a log format");
}

function oneOf<T extends string>(all: readonly T[], text: string, what: string): T {
  const found = all.find((one) => one === text);
  if (found === undefined) throw new InputError(`"${text}" is not ${what}: there are ${all.join(", ")}`);
  return found;
}

function listOf(text: string): readonly string[] {
  const parts = text.split(",").map((part) => part.trim());
  return parts.filter((part) => part !== "");
}
