// Names of chart repositories: kargo-behaviour.md, sections 4.3 and 13.4.

import { sanitize, toLowerCase } from "./go-text.ts";
import { normalizeImage } from "./image.ts";

/** The canonical form in which subscriptions and pushes are compared; an invalid URL stays as it was given. */
export function normalizeChart(text: string): string {
  const clean = sanitize(text);
  if (!isGoURL(clean)) return text;
  const lower = toLowerCase(clean);
  return normalizeImage(lower.startsWith("oci://") ? lower.slice("oci://".length) : lower);
}

/** Whether Go's `net/url` parses it, as far as names of repositories go. */
function isGoURL(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Go refuses exactly these.
  if (/[\x00-\x1f\x7f]/.test(text)) return false;
  const colon = text.indexOf(":");
  const slash = text.indexOf("/");
  const hasColonFirst = colon >= 0 && (slash < 0 || colon < slash);
  const hasScheme = hasColonFirst && /^[A-Za-z][A-Za-z0-9+.-]*$/.test(text.slice(0, colon));
  if (hasColonFirst && !hasScheme) return false;
  const rest = hasScheme ? text.slice(colon + 1) : text;
  if (hasScheme && !rest.startsWith("/")) return true;
  return isGoHierarchy(rest);
}

function isGoHierarchy(rest: string): boolean {
  const [beforeFragment = "", fragment = ""] = rest.split("#", 2);
  const [path = ""] = beforeFragment.split("?", 1);
  if (/%(?![0-9A-Fa-f]{2})/.test(path) || /%(?![0-9A-Fa-f]{2})/.test(fragment)) return false;
  if (!path.startsWith("//")) return true;
  const authority = path.slice(2).split("/", 1)[0] ?? "";
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  return !host.includes(" ") && !/:[^\]]*[^0-9\]:][^\]]*$/.test(host.replace(/^\[[^\]]*\]/, ""));
}
