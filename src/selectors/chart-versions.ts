// Which tags of a chart's repository are versions of it, and in which order: kargo-behaviour.md, sections 8.6 and 13.6.
import { InputError, messageOf } from "../errors.ts";
import type { ChartSubscription } from "../resources/subscription.ts";
import { parseConstraint } from "./semver-constraint.ts";
import { compareVersions, parseVersion } from "./semver-version.ts";

/** The versions among the tags, best first: strict ones without a leading `v`, with `+` where a tag has `_`. */
export type SelectChartVersions = (tags: readonly string[]) => readonly string[];

/** Throws `InputError` when the constraint does not parse. */
export function createChartVersionSelector({ semverConstraint: text }: ChartSubscription): SelectChartVersions {
  const admits = text ? constraintOf(text) : () => true;
  return (tags) =>
    tags
      .filter((tag) => !tag.startsWith("v"))
      .map((tag) => parseVersion(tag.replaceAll("_", "+"), true))
      .filter((version) => version !== undefined && admits(version))
      .filter((version) => version !== undefined)
      .sort((a, b) => compareVersions(b, a) || Buffer.compare(Buffer.from(b.original), Buffer.from(a.original)))
      .map(({ original }) => original);
}

function constraintOf(text: string): ReturnType<typeof parseConstraint> {
  try {
    return parseConstraint(text);
  } catch (error) {
    throw new InputError(`error parsing constraint "${text}": ${messageOf(error)}`, error);
  }
}
