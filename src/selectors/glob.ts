// Globs over paths with `/`, by the rules of doublestar 4.10: docs/compatibility.md, section 8.7. They become RE2
// patterns, so that they run in linear time too.
import { InputError } from "../errors.ts";
import { quote } from "../references/go-text.ts";
import { compilePattern } from "./pattern.ts";

/** Throws `InputError` that names the field. */
export function compileGlob(glob: string, field: string): (path: string) => boolean {
  const translated = new GlobTranslator(glob).translate();
  if (translated === undefined) {
    throw new InputError(`${field}: ${quote(`glob:${glob}`)}: syntax error in pattern: a [ or { must be closed`);
  }
  return compilePattern(`^(?s:${translated})$`, field).matches;
}

class GlobTranslator {
  private readonly glob: readonly string[];
  private at = 0;
  private depth = 0;
  /** Only at the start of a segment do two stars mean any number of segments. */
  private isAtSegmentStart = true;

  constructor(glob: string) {
    this.glob = [...glob];
  }

  /** Undefined when the glob is not valid. */
  translate(): string | undefined {
    let result = "";
    while (this.at < this.glob.length) {
      const part = this.next();
      if (part === undefined) return undefined;
      result += part;
    }
    return this.depth === 0 ? result : undefined;
  }

  private next(): string | undefined {
    const character = this.glob[this.at] ?? "";
    const wasAtStart = this.isAtSegmentStart;
    if (this.startsWith("/**") && this.endsAfter(3)) return this.take(3, "(?:/.*)?");
    if (this.startsWith("/**/") && this.endsAfter(4)) return this.take(4, "(?:/(?:.*/)?)?");
    if (character === "*") return this.stars(wasAtStart);
    this.isAtSegmentStart = character === "/";
    switch (character) {
      case "?":
        return this.take(1, "[^/]");
      case "[":
        return this.characterClass();
      case "{":
        this.depth += 1;
        return this.take(1, "(?:");
      case "}":
        this.depth -= 1;
        return this.depth < 0 ? undefined : this.take(1, ")");
      case ",":
        return this.take(1, this.depth > 0 ? "|" : ",");
      case "\\":
        return this.escaped();
      default:
        return this.take(1, literal(character));
    }
  }

  private stars(isAtStart: boolean): string {
    this.isAtSegmentStart = false;
    // A star that ends the path must stand for something where directories may follow it.
    if (this.startsWith("*/**") && this.endsAfter(4)) return this.take(4, "(?:[^/]+|[^/]*/.*)");
    if (this.startsWith("*/**/") && this.endsAfter(5)) return this.take(5, "(?:[^/]+|[^/]*/(?:.*/)?)");
    if (!this.startsWith("**")) return this.take(1, "[^/]*");
    if (isAtStart && this.endsAfter(2)) return this.take(2, ".*");
    if (isAtStart && this.startsWith("**/")) {
      this.isAtSegmentStart = true;
      return this.take(3, "(?:.*/)?");
    }
    return this.startsWith("**/") && this.endsAfter(3) ? this.take(3, "(?:[^/]*/)?") : this.take(2, "[^/]*");
  }

  /** Unlike a star, it may match a slash. */
  private characterClass(): string | undefined {
    let end = this.at + 1;
    const isNegated = this.glob[end] === "!" || this.glob[end] === "^";
    if (isNegated) end += 1;
    let members = "";
    let last: string | undefined;
    for (let isFirst = true; this.glob[end] !== "]" || isFirst; isFirst = false) {
      if (this.glob[end] === undefined || (isFirst && this.glob[end] === "]")) return undefined;
      const isRange = last !== undefined && this.glob[end] === "-" && this.glob[end + 1] !== "]";
      if (isRange) end += 1;
      const character = this.glob[end] === "\\" ? this.glob[++end] : this.glob[end];
      end += 1;
      if (isRange) members += rangeOf(last, character);
      else members += literal(character ?? "");
      last = isRange ? undefined : character;
    }
    return this.take(end + 1 - this.at, `[${isNegated ? "^" : ""}${members}]`);
  }

  private escaped(): string | undefined {
    const character = this.glob[this.at + 1];
    if (character === undefined) return undefined;
    this.isAtSegmentStart = character === "/";
    return this.take(2, literal(character));
  }

  private startsWith(text: string): boolean {
    return this.glob.slice(this.at, this.at + text.length).join("") === text;
  }

  private endsAfter(length: number): boolean {
    return this.at + length === this.glob.length;
  }

  private take(length: number, translated: string): string {
    this.at += length;
    return translated;
  }
}

/** One that runs backwards holds nothing. */
function rangeOf(first = "", last = ""): string {
  return (first.codePointAt(0) ?? 0) <= (last.codePointAt(0) ?? 0) ? `${literal(first)}-${literal(last)}` : "";
}

function literal(character: string): string {
  return character.replace(/[\\^$.|?*+()[\]{}-]/, "\\$&");
}
