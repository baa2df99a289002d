// What Go does to text, where the rules depend on it: docs/compatibility.md, section 4.3.
// JavaScript's Unicode tables are one version ahead of Go's: characters assigned since Unicode 15 are printable here.

const NOT_PRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;
const VISIBLE_ASCII = /^[!-~]*$/;
const ASCII = /^\p{ASCII}*$/u;

/** Drops every character Go does not call printable, then trims white space: what every normalisation begins with. */
export function sanitize(text: string): string {
  if (VISIBLE_ASCII.test(text)) return text;
  return text.replace(NOT_PRINTABLE, "").trim();
}

/** Character by character, as Go does it: JavaScript looks around a sigma and makes two of U+0130. */
export function toLowerCase(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return Array.from(text, (character) => (character === "\u0130" ? "i" : character.toLowerCase())).join("");
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

/** As Go's `%q` prints it in an error. */
export function quote(text: string): string {
  return `"${text.toWellFormed().replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|["\\]/gu, escapeCharacter)}"`;
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = (digits: number) => code.toString(16).padStart(digits, "0");
  if (ESCAPES[character]) return ESCAPES[character];
  if (code < 0x20 || code === 0x7f) return `\\x${hex(2)}`;
  return code > 0xffff ? `\\U${hex(8)}` : `\\u${hex(4)}`;
}
