// The allow and ignore patterns of a subscription. RE2 syntax and linear time, as users know it from Go:
// look-around and back-references are errors. kargo-behaviour.md, section 8.1.
import { RE2JS } from "re2js";
import { InputError, messageOf } from "../errors.ts";

/** Says which pattern decided, or nothing when the tag passes. */
export type TagPatterns = (tag: string) => string | undefined;

interface Patterns {
  readonly allowTagsRegexes?: readonly string[] | undefined;
  readonly ignoreTagsRegexes?: readonly string[] | undefined;
}

/** Ignoring beats allowing; an empty allow list allows all. Throws `InputError` for a pattern that does not parse. */
export function compileTagPatterns({ allowTagsRegexes = [], ignoreTagsRegexes = [] }: Patterns): TagPatterns {
  const allow = allowTagsRegexes.map((text, index) => compile(text, `allowTagsRegexes[${index}]`));
  const ignore = ignoreTagsRegexes.map((text, index) => compile(text, `ignoreTagsRegexes[${index}]`));
  return (tag) => {
    const ignoring = ignore.find((pattern) => pattern.matcher(tag).find());
    if (ignoring) return `ignoreTagsRegexes matches: ${ignoring.pattern()}`;
    if (allow.length > 0 && !allow.some((pattern) => pattern.matcher(tag).find()))
      return "allowTagsRegexes: none matches";
    return undefined;
  };
}

function compile(text: string, field: string): RE2JS {
  try {
    return RE2JS.compile(text);
  } catch (error) {
    throw new InputError(`${field}: ${messageOf(error)}`, error);
  }
}
