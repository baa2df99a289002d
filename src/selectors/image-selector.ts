// Which tags an image subscription wants, and in which order: docs/compatibility.md, sections 4.4 and 8.1.
// Matching asks `explain`, discovery asks `select`; both build it from the same subscription.
import { InputError } from "../errors.ts";
import { quote } from "../references/go-text.ts";
import type { ImageSubscription } from "../resources/subscription.ts";
import { admitted, descending, type Explanation, refused } from "./explanation.ts";
import { parsePlatform } from "./platform.ts";
import { createSemVerRule, highestFirst } from "./semver-rule.ts";
import { compileTagPatterns } from "./tag-patterns.ts";

export interface ImageSelector {
  /** Would this tag match, and which rule decides? */
  explain(tag: string): Explanation;
  /** The admitted tags, best first. For NewestBuild their dates make the order, and this settles equal ones. */
  select(tags: readonly string[]): readonly string[];
}

/** Throws `InputError` when a pattern, the constraint or the platform does not parse, or a field is no longer supported. */
export function createImageSelector(subscription: ImageSubscription): ImageSelector {
  if (subscription.platform) parsePlatform(subscription.platform);
  const strategy = subscription.imageSelectionStrategy || "SemVer";
  switch (strategy) {
    case "Digest":
      return digestSelector(subscription.constraint ?? "");
    case "SemVer":
      return semVerSelector(subscription);
    case "Lexical":
    case "NewestBuild":
      return patternSelector(subscription);
    default:
      throw new InputError(
        `imageSelectionStrategy: "${strategy satisfies never}" is not one of Digest, Lexical, NewestBuild, SemVer`,
      );
  }
}

/** One tag that moves; the patterns are not asked. */
function digestSelector(wanted: string): ImageSelector {
  return {
    explain: (tag) =>
      tag === wanted ? admitted("it is the tag in constraint") : refused(`constraint: only ${quote(wanted)} is wanted`),
    select: (tags) => tags.filter((tag) => tag === wanted),
  };
}

function patternSelector(subscription: ImageSubscription): ImageSelector {
  const explain = compileTagPatterns(subscription);
  return { explain, select: (tags) => tags.filter((tag) => explain(tag).isAdmitted).sort(descending) };
}

function semVerSelector(subscription: ImageSubscription): ImageSelector {
  const byPattern = compileTagPatterns(subscription);
  const { constraint, strictSemvers } = subscription;
  const semVer = createSemVerRule({ field: "constraint", constraint, isStrict: strictSemvers ?? true });
  return {
    explain(tag) {
      const verdict = byPattern(tag);
      return verdict.isAdmitted ? semVer.explain(tag) : verdict;
    },
    select(tags) {
      const versions = tags.filter((tag) => byPattern(tag).isAdmitted).map((tag) => semVer.versionOf(tag));
      return versions
        .filter((version) => version !== undefined)
        .sort(highestFirst)
        .map(({ original }) => original);
    },
  };
}
