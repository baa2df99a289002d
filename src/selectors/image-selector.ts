// Which tags an image subscription wants, and in which order: kargo-behaviour.md, sections 4.4 and 8.1.
// Matching asks `explain`, discovery asks `select`; both build it from the same subscription.
import { InputError } from "../errors.ts";
import type { ImageSubscription } from "../resources/subscription.ts";
import { parseConstraint } from "./semver-constraint.ts";
import { compareVersions, parseVersion, type Version } from "./semver-version.ts";
import { compileTagPatterns } from "./tag-patterns.ts";

export interface Explanation {
  readonly isAdmitted: boolean;
  /** Which rule decided, in words. */
  readonly rule: string;
}

export interface ImageSelector {
  explain(tag: string): Explanation;
  /** The admitted tags, best first. */
  select(tags: readonly string[]): readonly string[];
}

/** Throws `InputError` when a pattern or the constraint does not parse. */
export function createImageSelector(subscription: ImageSubscription): ImageSelector {
  const strategy = subscription.imageSelectionStrategy ?? "SemVer";
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

const ADMITTED: Explanation = { isAdmitted: true, rule: "" };

function refused(rule: string): Explanation {
  return { isAdmitted: false, rule };
}

function digestSelector(wanted: string): ImageSelector {
  const explain = (tag: string) => (tag === wanted ? ADMITTED : refused(`constraint: the tag is not ${wanted}`));
  return { explain, select: (tags) => tags.filter((tag) => tag === wanted) };
}

function patternSelector(subscription: ImageSubscription): ImageSelector {
  const pass = compileTagPatterns(subscription);
  const explain = (tag: string) => {
    const rule = pass(tag);
    return rule === undefined ? ADMITTED : refused(rule);
  };
  const select = (tags: readonly string[]) => tags.filter((tag) => explain(tag).isAdmitted).sort(descending);
  return { explain, select };
}

function semVerSelector(subscription: ImageSubscription): ImageSelector {
  const pass = compileTagPatterns(subscription);
  const isStrict = subscription.strictSemvers ?? true;
  const { constraint: text } = subscription;
  const constraint = text ? parseConstraint(text) : undefined;

  const judge = (tag: string): Explanation & { readonly version?: Version } => {
    const rule = pass(tag);
    if (rule !== undefined) return refused(rule);
    const version = parseVersion(tag, isStrict);
    if (!version) return refused(isStrict ? "strictSemvers: not a strict semantic version" : "not a semantic version");
    if (constraint && !constraint(version)) return refused(`constraint: ${text} does not admit it`);
    return { ...ADMITTED, version };
  };

  const select = (tags: readonly string[]) => {
    const versions = tags.map((tag) => judge(tag).version).filter((version) => version !== undefined);
    return versions
      .sort((a, b) => compareVersions(b, a) || descending(a.original, b.original))
      .map(({ original }) => original);
  };
  return { explain: judge, select };
}

/** Bytewise, as Go compares strings. */
function descending(a: string, b: string): number {
  return Buffer.compare(Buffer.from(b), Buffer.from(a));
}
