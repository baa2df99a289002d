// The path of a request's target as Kargo's server compares it: docs/compatibility.md, section 3.2.
import { posix } from "node:path";

export type RequestPath =
  /** Percent-decoded. */
  | { readonly kind: "path"; readonly path: string }
  /** Has empty, `.` or `..` segments; `location` is where the clean form is, with the query. */
  | { readonly kind: "unclean"; readonly location: string }
  /** Has a `%` that two hexadecimal digits do not follow. */
  | { readonly kind: "malformed" };

/** `target` is path and query as received. */
export function requestPath(target: string): RequestPath {
  const end = target.indexOf("?");
  const encoded = end < 0 ? target : target.slice(0, end);
  if (/%(?![0-9A-Fa-f]{2})/.test(encoded)) return { kind: "malformed" };
  const path = decode(encoded);
  const clean = posix.normalize(path.startsWith("/") ? path : `/${path}`);
  if (clean === path || encoded === "*") return { kind: "path", path };
  return { kind: "unclean", location: encode(clean) + (end < 0 ? "" : target.slice(end)) };
}

/** Bytes that are no UTF-8 stay encoded: such a path equals none of ours. */
function decode(encoded: string): string {
  if (!encoded.includes("%")) return encoded;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

/** A backslash or a control character in `Location` could lead a browser to another host. */
function encode(path: string): string {
  return encodeURI(path.toWellFormed()).replaceAll("?", "%3F").replaceAll("#", "%23");
}
