// How the values of settings are written, and what is said of a wrong one. `settings` has them in its table.
import { InputError } from "../errors.ts";
import { dnsLabelFaults } from "../resources/names.ts";
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

/** A pod's name has at most 253 characters; a key of an annotation takes no other ones than these. */
const REPLICA = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,251}[A-Za-z0-9])?$/;

/** `host:port`, `[::1]:port` for IPv6; `example` is what a wrong one is to look like. */
export function parseAddress(text: string, example = "127.0.0.1:8080"): Address {
  const match = /^(?<host>\[[^\]]+\]|[^:]+):(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.["port"]);
  if (!match || port > 65_535) throw new InputError(`"${text}" is not an address: write it like ${example}`);
  return { host: (match.groups?.["host"] ?? "").replace(/^\[|\]$/g, ""), port };
}

export function parseAdminAddress(text: string): Address {
  return parseAddress(text, "127.0.0.1:8081");
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

/** The texts, each of which is an address that can be asked; empty for none. */
export function parsePeers(text: string): readonly string[] {
  const peers = [...new Set(listOf(text))];
  const example = "dockbell-peers:8081";
  if (peers.length === 0 && text !== "") throw new InputError(`"${text}" names no address: write it like ${example}`);
  const unasked = peers.find((peer) => parseAddress(peer, example).port === 0);
  if (unasked !== undefined) throw new InputError(`nobody can be asked at "${unasked}": write it like ${example}`);
  return peers;
}

/** Receivers' paths are put behind it, and everybody who may read a ProjectConfig reads it. */
export function parseBaseURL(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new InputError(`"${text}" is not an absolute URL: write it like https://dockbell.example.com`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new InputError("a base URL has no user and no password: they would be published with it");
  }
  if (/[?#]/.test(text)) throw new InputError(`"${text}" has more than a path: paths are put behind it`);
  return text;
}

export function parseRegistryAliases(text: string): readonly string[] {
  const given = listOf(text);
  createRegistryAliases(given);
  return given;
}

/** Empty where there is none. */
export function parseNamespace(text: string): string {
  if (text === "" || dnsLabelFaults(text).length === 0) return text;
  throw new InputError(`"${text}" is not the name of a namespace`);
}

/** None twice; empty for all of them, as which only an empty text is taken. */
export function parseNamespaces(text: string): readonly string[] {
  const named = [...new Set(listOf(text))].map(parseNamespace);
  if (named.length === 0 && text !== "") throw new InputError(`"${text}" names no namespace: write it like a,b`);
  return named;
}

/** An empty one would be the current directory, which nobody means who leaves it out. */
export function parseDirectory(text: string): string {
  if (text === "") throw new InputError(`"" is not a directory: write it like /var/lib/dockbell`);
  return text;
}

/** It is part of an annotation's key (`replicaKey`). */
export function parseReplica(text: string): string {
  if (REPLICA.test(text)) return text;
  throw new InputError(
    `"${text}" is not a replica's name: write it in at most 253 letters, digits, "-", "_" and ".", the first and the last one a letter or digit, like dockbell-0`,
  );
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
