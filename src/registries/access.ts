// What a request is for and who makes it, and to whom a credential may be shown: a registry over https may send us to
// any token server over https, as Docker Hub does; one on loopback only to loopback; in plain text it never leaves the
// machine.
import { isPlainHttpHost } from "../references/image.ts";
import type { Credential } from "./credentials.ts";

export interface Access {
  /** `https://host`: the only place that the credential or a token is sent to. */
  readonly origin: string;
  /** `repository:library/nginx:pull`. */
  readonly scope: string;
  readonly credential: Credential | undefined;
}

/** Why the credential for the registry at `origin` is not sent to `target` (both `scheme://host`); undefined when it is. */
export function withholdReason(origin: string, target: string): string | undefined {
  const [from, to] = [new URL(origin), new URL(target)];
  if (to.protocol === "http:" && !isPlainHttpHost(to.host)) {
    return `the credential is not sent to ${to.host} in plain HTTP`;
  }
  if (from.protocol === "https:" || from.host === to.host) return undefined;
  if (isPlainHttpHost(from.host) && isPlainHttpHost(to.host)) return undefined;
  return `the credential is not sent to ${to.host}, which ${from.host} named in plain HTTP`;
}

/** The value of `Authorization`: RFC 7617. */
export function basicAuthorization({ username, password }: Credential): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString("base64")}`;
}
