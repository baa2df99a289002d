// What `dockbell up` is told, with its defaults.
import { join } from "node:path";
import { InputError } from "../errors.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port`; throws `InputError` naming the flag. */
export function parseAddress(text: string, flag: string): Address {
  const match = /^(?<host>\[[^\]]+\]|[^:]+):(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.["port"]);
  if (!match || port > 65_535)
    throw new InputError(`${flag}: "${text}" is not an address: write it like 127.0.0.1:8080`);
  return { host: (match.groups?.["host"] ?? "").replace(/^\[|\]$/g, ""), port };
}

/** Throws `InputError` when it is not an absolute http(s) URL. */
export function parseBaseURL(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new InputError(`--base-url: "${text}" is not an absolute URL: write it like https://dockbell.example.com`);
  }
  return text;
}

/** `$XDG_DATA_HOME/dockbell`, or `./.dockbell` in a clone. */
export function defaultDataDirectory(env: Readonly<Record<string, string | undefined>>, isClone: boolean): string {
  if (isClone) return ".dockbell";
  return join(env["XDG_DATA_HOME"] || join(env["HOME"] || ".", ".local", "share"), "dockbell");
}
