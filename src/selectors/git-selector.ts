// Which refs, tags and changed paths a git subscription wants: docs/compatibility.md, sections 4.4 and 8.7.
import { InputError } from "../errors.ts";
import { quote } from "../references/go-text.ts";
import type { GitSubscription } from "../resources/subscription.ts";
import { admitted, descending, type Explanation, refused } from "./explanation.ts";
import { createPathRule, type PathRule } from "./path-rule.ts";
import { createSemVerRule, highestFirst } from "./semver-rule.ts";
import { compileTagPatterns } from "./tag-patterns.ts";

export interface GitSelector {
  /** Would a push of this ref (`refs/heads/…`, `refs/tags/…`) refresh the Warehouse, and which rule decides? */
  explain(ref: string): Explanation;
  /** Does a commit that changed these paths count? */
  explainPaths: PathRule;
  /** The admitted tags, best first; NewestTag leaves them in their order. Empty for a branch. */
  select(tags: readonly string[]): readonly string[];
}

const BRANCH_PREFIX = "refs/heads/";
const TAG_PREFIX = "refs/tags/";
/** Where the subscription names none, the repository's default branch is meant, and not known here. */
const DEFAULT_BRANCHES: readonly string[] = ["main", "master"];

/** Throws `InputError` when a pattern or the constraint does not parse, or a field is no longer supported. */
export function createGitSelector(subscription: GitSubscription): GitSelector {
  const explainPaths = createPathRule(subscription);
  const strategy = subscription.commitSelectionStrategy || "NewestFromBranch";
  switch (strategy) {
    case "NewestFromBranch":
      return { explainPaths, explain: branchRule(subscription.branch), select: () => [] };
    case "SemVer":
      return { explainPaths, ...semVerTags(subscription) };
    case "Lexical":
    case "NewestTag":
      return { explainPaths, ...patternTags(subscription, strategy === "Lexical") };
    default:
      throw new InputError(
        `commitSelectionStrategy: "${strategy satisfies never}" is not one of Lexical, NewestFromBranch, NewestTag, SemVer`,
      );
  }
}

type TagSelector = Pick<GitSelector, "explain" | "select">;

function branchRule(branch: string | undefined): (ref: string) => Explanation {
  const wanted = branch ? [branch] : DEFAULT_BRANCHES;
  return (ref) => {
    const pushed = ref.startsWith(BRANCH_PREFIX) ? ref.slice(BRANCH_PREFIX.length) : undefined;
    if (pushed === undefined) return refused("commitSelectionStrategy NewestFromBranch wants branches, not tags");
    return wanted.includes(pushed)
      ? admitted(`branch ${quote(pushed)} is wanted`)
      : refused(`branch: only ${wanted.map(quote).join(" or ")} is wanted`);
  };
}

function semVerTags(subscription: GitSubscription): TagSelector {
  const byPattern = compileTagPatterns(subscription);
  const { semverConstraint: constraint, strictSemvers } = subscription;
  const semVer = createSemVerRule({ field: "semverConstraint", constraint, isStrict: strictSemvers ?? true });
  return {
    explain: tagRule((tag) => {
      const verdict = byPattern(tag);
      return verdict.isAdmitted ? semVer.explain(tag) : verdict;
    }),
    select: (tags) =>
      tags
        .filter((tag) => byPattern(tag).isAdmitted)
        .map((tag) => semVer.versionOf(tag))
        .filter((version) => version !== undefined)
        .sort(highestFirst)
        .map(({ original }) => original),
  };
}

function patternTags(subscription: GitSubscription, isLexical: boolean): TagSelector {
  const byPattern = compileTagPatterns(subscription);
  const admittedTags = (tags: readonly string[]) => tags.filter((tag) => byPattern(tag).isAdmitted);
  return {
    explain: tagRule(byPattern),
    select: (tags) => (isLexical ? admittedTags(tags).sort(descending) : admittedTags(tags)),
  };
}

function tagRule(explain: (tag: string) => Explanation): (ref: string) => Explanation {
  return (ref) =>
    ref.startsWith(TAG_PREFIX)
      ? explain(ref.slice(TAG_PREFIX.length))
      : refused("commitSelectionStrategy wants tags, not branches");
}
