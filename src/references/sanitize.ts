// What every normalisation begins with: kargo-behaviour.md, section 4.3.

const NOT_PRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/** Drops every rune Go does not call printable, then trims white space. */
export function sanitize(text: string): string {
  return text.replace(NOT_PRINTABLE, "").trim();
}

/** Go's lower-casing maps U+0130 to one `i`, where JavaScript makes two code points. */
export function toLowerCase(text: string): string {
  return text.replaceAll("\u0130", "i").toLowerCase();
}
