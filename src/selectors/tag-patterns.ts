// The allow and ignore patterns of a subscription: docs/compatibility.md, section 8.1.
import { InputError } from "../errors.ts";
import { admitted, type Explanation, refused } from "./explanation.ts";
import { compilePattern, type Pattern } from "./pattern.ts";

interface Patterns {
  readonly allowTags?: string | undefined;
  readonly allowTagsRegexes?: readonly string[] | undefined;
  readonly ignoreTags?: readonly string[] | undefined;
  readonly ignoreTagsRegexes?: readonly string[] | undefined;
}

/**
 * Ignoring beats allowing; an empty list allows all. Throws `InputError` for a pattern that does not parse, and for the
 * fields these lists replaced.
 */
export function compileTagPatterns(patterns: Patterns): (tag: string) => Explanation {
  if (patterns.allowTags) throw new InputError(deprecated("AllowTags"));
  if (patterns.ignoreTags && patterns.ignoreTags.length > 0) throw new InputError(deprecated("IgnoreTags"));
  const allow = compileAll(patterns.allowTagsRegexes ?? [], "allowTagsRegexes");
  const ignore = compileAll(patterns.ignoreTagsRegexes ?? [], "ignoreTagsRegexes");
  return (tag) => {
    const ignoring = ignore.find((pattern) => pattern.matches(tag));
    if (ignoring) return refused(`${ignoring.name} matches it`);
    if (allow.length === 0) return admitted("no pattern excludes it");
    const allowing = allow.find((pattern) => pattern.matches(tag));
    return allowing ? admitted(`${allowing.name} matches it`) : refused("none of allowTagsRegexes matches it");
  };
}

function deprecated(field: string): string {
  return `${field} is deprecated and unsupported as of v1.11.0; use ${field}Regexes instead`;
}

function compileAll(texts: readonly string[], field: string): readonly Pattern[] {
  return texts.map((text, index) => compilePattern(text, `${field}[${index}]`));
}
