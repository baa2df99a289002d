// Whether a tag is a version that a subscription wants, and the order of those it does: docs/compatibility.md, sections
// 8.1 and 8.6.
import { quote } from "../references/go-text.ts";
import { admitted, descending, type Explanation, refused } from "./explanation.ts";
import { type Constraint, parseConstraint } from "./semver-constraint.ts";
import { compareVersions, parseVersion, type Version } from "./semver-version.ts";

interface SemVerRuleOptions {
  /** The field the constraint stands in. */
  readonly field: "constraint" | "semverConstraint";
  /** Every version is wanted when it is empty. */
  readonly constraint: string | undefined;
  readonly isStrict: boolean;
}

export interface SemVerRule {
  explain(tag: string): Explanation;
  /** Undefined for a tag that is no such version, or one the constraint does not admit. */
  versionOf(tag: string): Version | undefined;
}

/** Throws `InputError` when the constraint does not parse. */
export function createSemVerRule({ field, constraint: text, isStrict }: SemVerRuleOptions): SemVerRule {
  const constraint = text ? parseConstraint(text) : undefined;
  const wanted = text ? `${field} ${quote(text)}` : "";
  return {
    explain(tag) {
      const version = parseVersion(tag, isStrict);
      if (!version) return refused(whyNoVersion(tag));
      if (!constraint) return admitted("it is a semantic version");
      if (constraint(version)) return admitted(`${wanted} admits it`);
      return refused(`${wanted} does not admit it${hint(constraint, version)}`);
    },
    versionOf(tag) {
      const version = parseVersion(tag, isStrict);
      return version && (!constraint || constraint(version)) ? version : undefined;
    },
  };
}

function whyNoVersion(tag: string): string {
  if (!parseVersion(tag)) return "it is not a semantic version";
  return "strictSemvers: it is not a full semantic version, such as 1.2.3 or v1.2.3";
}

function hint(constraint: Constraint, version: Version): string {
  const isHeldBack = version.prerelease !== "" && constraint({ ...version, prerelease: "" });
  return isHeldBack ? ": pre-releases count only where a comparator names one, as in >=1.2.3-0" : "";
}

/** Highest first; equal ones by what was written, `1.0.0` before `1.0`. For sorting. */
export function highestFirst(a: Version, b: Version): number {
  return compareVersions(b, a) || descending(a.original, b.original);
}
