// Names of git repositories: docs/compatibility.md, section 4.3.
import { sanitize, toLowerCase } from "./go-text.ts";
import { type GoURL, hasQueryParameters, parseURL, printURL } from "./go-url.ts";

const SCP_FORM = /^((?:[\w-]+@)?[\w-]+(?:\.[\w-]+)*)(?::(.*))?$/;

/** The canonical form in which subscriptions are compared; what does not parse stays as it was given. */
export function normalizeGit(text: string): string {
  const lower = sanitize(toLowerCase(text));
  const isHttp = lower.startsWith("http://") || lower.startsWith("https://");
  const canonical = isHttp || lower.startsWith("ssh://") ? fromURL(lower, isHttp) : fromScpForm(lower);
  return canonical ?? text;
}

/** A login is part of an ssh name, not of an http one. */
function fromURL(text: string, isHttp: boolean): string | undefined {
  const url = parseURL(text);
  if (!url || hasQueryParameters(url)) return undefined;
  return printURL({ ...trimmed(url), ...(isHttp && { user: undefined }) });
}

/** `git@github.com:example/app.git` */
function fromScpForm(text: string): string | undefined {
  const [, userAndHost, path = ""] = SCP_FORM.exec(text) ?? [];
  const url = userAndHost === undefined ? undefined : parseURL(path);
  if (!url) return undefined;
  const short = trimmed(url);
  return short.path === "" ? `ssh://${userAndHost}` : `ssh://${userAndHost}/${printURL(short)}`;
}

function trimmed(url: GoURL): GoURL {
  return { ...url, path: url.path.replace(/\/$/, "").replace(/\.git$/, "") };
}
