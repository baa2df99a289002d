// URLs as Go's net/url parses and prints them (Go 1.26), where names of repositories depend on it: docs/compatibility.md,
// section 4.3. The WHATWG `URL` of JavaScript repairs what Go refuses.
// Works on bytes, one character each, because a percent-encoded path need not be UTF-8.
import { isIPv6 } from "node:net";
import { escapeBytes, isEscapedAs, unescapeBytes, unescapeHost, unescapeZone } from "./go-url-escapes.ts";

export interface GoURL {
  /** Lower-case; empty when there is none. */
  readonly scheme: string;
  /** What follows the scheme of a URL without a slash there. */
  readonly opaque: string;
  readonly user: UserInfo | undefined;
  /** With its port. */
  readonly host: string;
  /** Decoded. */
  readonly path: string;
  /** As it was written. */
  readonly rawPath: string;
  readonly query: string;
  /** Whether a question mark stood there without a query. */
  readonly hasEmptyQuery: boolean;
  readonly fragment: string;
  readonly rawFragment: string;
  /** Whether the authority was left out, and not merely empty. */
  readonly omitsHost: boolean;
}

interface UserInfo {
  readonly name: string;
  readonly password: string | undefined;
}

const MAX_QUERY_PARAMETERS = 10_000;

/** Undefined where Go reports an error. */
export function parseURL(text: string): GoURL | undefined {
  const [beforeFragment, rawFragment = ""] = cut(toBytes(text), "#");
  const fragment = unescapeBytes(rawFragment);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Go refuses exactly these.
  if (fragment === undefined || /[\x00-\x1f\x7f]/.test(beforeFragment)) return undefined;
  const [scheme, afterScheme] = splitScheme(beforeFragment);
  if (afterScheme === undefined) return undefined;
  const [rest, query] = cut(afterScheme, "?");
  const url = { ...EMPTY, scheme, query: query ?? "", hasEmptyQuery: query === "", fragment, rawFragment };
  if (beforeFragment === "*") return { ...url, path: "*" };
  if (!rest.startsWith("/")) return scheme !== "" ? { ...url, opaque: rest } : parseRelative(url, rest);
  return parseHierarchy(url, rest);
}

/** As Go prints it, which is not always as it was written. */
export function printURL(url: GoURL): string {
  const scheme = url.scheme === "" ? "" : `${url.scheme}:`;
  const question = url.query !== "" || url.hasEmptyQuery ? `?${url.query}` : "";
  const hash = url.fragment === "" ? "" : `#${printEncoded(url.fragment, url.rawFragment, "fragment")}`;
  const hierarchy = url.opaque !== "" ? url.opaque : printHierarchy(url);
  return fromBytes(`${scheme}${hierarchy}${question}${hash}`);
}

/** Whether Go finds a parameter in the query; what it cannot decode is none. */
export function hasQueryParameters({ query }: GoURL): boolean {
  const parameters = query.split("&");
  if (parameters.length > MAX_QUERY_PARAMETERS) return false;
  return parameters.some(
    (parameter) => parameter !== "" && !parameter.includes(";") && unescapeBytes(parameter) !== undefined,
  );
}

const EMPTY: GoURL = {
  scheme: "",
  opaque: "",
  user: undefined,
  host: "",
  path: "",
  rawPath: "",
  query: "",
  hasEmptyQuery: false,
  fragment: "",
  rawFragment: "",
  omitsHost: false,
};

/** The scheme is empty where there is none; the rest is undefined where only a scheme is missing. */
function splitScheme(bytes: string): readonly [scheme: string, rest: string | undefined] {
  if (bytes.startsWith(":")) return ["", undefined];
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*(?=:)/.exec(bytes)?.[0];
  return scheme === undefined ? ["", bytes] : [scheme.toLowerCase(), bytes.slice(scheme.length + 1)];
}

/** A colon in its first segment would be taken for that of a scheme. */
function parseRelative(url: GoURL, rest: string): GoURL | undefined {
  const [segment] = cut(rest, "/");
  return segment.includes(":") ? undefined : withPath(url, rest);
}

function parseHierarchy(url: GoURL, rest: string): GoURL | undefined {
  const hasAuthority = rest.startsWith("//") && (url.scheme !== "" || !rest.startsWith("///"));
  if (!hasAuthority) return withPath({ ...url, omitsHost: url.scheme !== "" }, rest);
  const slash = rest.indexOf("/", 2);
  const authority = rest.slice(2, slash < 0 ? undefined : slash);
  const at = authority.lastIndexOf("@");
  const host = parseHost(url.scheme, authority.slice(at + 1));
  const user = at < 0 ? undefined : parseUser(authority.slice(0, at));
  if (host === undefined || (at >= 0 && !user)) return undefined;
  return withPath({ ...url, user, host }, slash < 0 ? "" : rest.slice(slash));
}

function withPath(url: GoURL, rawPath: string): GoURL | undefined {
  const path = unescapeBytes(rawPath);
  return path === undefined ? undefined : { ...url, path, rawPath };
}

function parseUser(text: string): UserInfo | undefined {
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(text)) return undefined;
  const [name, password] = cut(text, ":").map((part) => part && unescapeBytes(part));
  const isWhole = name !== undefined && (password !== undefined || !text.includes(":"));
  return isWhole ? { name, password } : undefined;
}

function parseHost(scheme: string, host: string): string | undefined {
  if (host.includes("[")) return parseBracketed(host);
  const isStrict = scheme === "http" || scheme === "https";
  const colon = isStrict ? host.indexOf(":") : host.lastIndexOf(":");
  return colon >= 0 && !isPort(host.slice(colon)) ? undefined : unescapeHost(host);
}

function parseBracketed(host: string): string | undefined {
  const end = host.lastIndexOf("]");
  if (host.lastIndexOf("[") !== 0 || end < 0 || !isPort(host.slice(end + 1))) return undefined;
  const inside = host.slice(1, end);
  const zoneAt = inside.indexOf("%25");
  const address = unescapeHost(zoneAt < 0 ? inside : inside.slice(0, zoneAt));
  const zone = zoneAt < 0 ? "" : unescapeZone(inside.slice(zoneAt));
  if (address === undefined || zone === undefined || !isAddress(address + zone)) return undefined;
  return `[${address}${zone}]${host.slice(end + 1)}`;
}

function isAddress(text: string): boolean {
  const [address, zone] = cut(text, "%");
  return isIPv6(address) && zone !== "";
}

function isPort(text: string): boolean {
  return /^(?::[0-9]*)?$/.test(text);
}

function printHierarchy(url: GoURL): string {
  const path = url.path === "*" ? "*" : printEncoded(url.path, url.rawPath, "path");
  const { user, host, scheme } = url;
  if (scheme === "" && host === "" && !user) return /^[^/]*:/.test(path) ? `./${path}` : path;
  const isOmitted = host === "" && !user && (url.omitsHost || url.path === "");
  const authority = isOmitted ? "" : `//${user ? `${printUser(user)}@` : ""}${escapeBytes(host, "host")}`;
  return path !== "" && !path.startsWith("/") && host !== "" ? `${authority}/${path}` : authority + path;
}

function printUser({ name, password }: UserInfo): string {
  const login = escapeBytes(name, "user");
  return password === undefined ? login : `${login}:${escapeBytes(password, "user")}`;
}

/** As it was written, when that still says the same. */
function printEncoded(decoded: string, raw: string, part: "path" | "fragment"): string {
  return isEscapedAs(raw, part) && unescapeBytes(raw) === decoded ? raw : escapeBytes(decoded, part);
}

function cut(text: string, separator: string): readonly [before: string, after: string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

export function toBytes(text: string): string {
  return Buffer.from(text).toString("latin1");
}

function fromBytes(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString();
}
