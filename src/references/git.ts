// Names of git repositories: kargo-behaviour.md, sections 4.3 and 13.4.
import { sanitize, toLowerCase } from "./go-text.ts";

const SCP_FORM = /^((?:[\w-]+@)?[\w-]+(?:\.[\w-]+)*)(?::(.*))?$/;

/** The canonical form in which subscriptions are compared; what does not parse stays as it was given. */
export function normalizeGit(text: string): string {
  const lower = sanitize(toLowerCase(text));
  if (/^https?:\/\//.test(lower)) return normalizeURL(lower, false) ?? text;
  if (lower.startsWith("ssh://")) return normalizeURL(lower, true) ?? text;
  const scp = SCP_FORM.exec(lower);
  if (!scp) return text;
  const path = scp[2] === undefined || scp[2] === "" ? "" : `/${scp[2]}`;
  return normalizeURL(`ssh://${scp[1]}${path}`, true) ?? text;
}

function normalizeURL(text: string, keepsUser: boolean): string | undefined {
  const match =
    /^(?<scheme>[a-z]+):\/\/(?:(?<user>[^@/]*)@)?(?<host>[^/?# ]*)(?<path>(?:\/[^?#]*)?)(?<query>\?[^#]*)?(?<fragment>#.*)?$/.exec(
      text,
    );
  const { scheme, user, host = "", path = "", query = "", fragment = "" } = match?.groups ?? {};
  if (!match || query.length > 1 || /%(?![0-9a-f]{2})/.test(path) || !/^[^:]*(:\d*)?$/.test(host)) return undefined;
  const trimmed = path.replace(/\/$/, "").replace(/\.git$/, "");
  const login = keepsUser && user !== undefined ? `${user}@` : "";
  const encoded = encodeURI(trimmed).replace(/%25([0-9a-f]{2})/gi, "%$1");
  return `${scheme}://${login}${host}${encoded}${query}${fragment}`;
}
