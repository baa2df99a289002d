// Regular expressions that users write: RE2's syntax and linear time, as they know it from Go, never the JavaScript
// engine's. Look-around and back-references are errors. docs/compatibility.md, section 8.1.
import { RE2JS, RE2JSSyntaxException } from "re2js";
import { InputError, messageOf } from "../errors.ts";
import { quote } from "../references/go-text.ts";

export interface Pattern {
  /** The field it stands in, and the pattern as it was written. */
  readonly name: string;
  /** Whether it is found anywhere in the text. */
  matches(text: string): boolean;
}

const UNSUPPORTED: readonly (readonly [start: RegExp, what: string])[] = [
  [/^\(\?<?[=!]/, "look-around is not part of RE2's syntax: say what to leave out in a second pattern"],
  [/^\\[1-9]/, "back-references are not part of RE2's syntax"],
];

/** Throws `InputError` that names the field and the position where the pattern goes wrong. */
export function compilePattern(text: string, field: string): Pattern {
  try {
    const compiled = RE2JS.compile(text);
    return { name: `${field} ${quote(text)}`, matches: (searched) => compiled.test(searched) };
  } catch (error) {
    throw new InputError(`${field}: ${quote(text)}: ${complaint(text, error)}`, error);
  }
}

function complaint(text: string, error: unknown): string {
  if (!(error instanceof RE2JSSyntaxException)) return messageOf(error);
  const part = error.getPattern() ?? "";
  const at = part === "" ? -1 : text.indexOf(part);
  const reason = UNSUPPORTED.find(([start]) => start.test(part))?.[1] ?? messageOf(error);
  return at < 0 ? reason : `at character ${Array.from(text.slice(0, at)).length + 1}: ${reason}`;
}
