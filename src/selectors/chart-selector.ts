// Which versions of a chart a subscription wants, and in which order: docs/compatibility.md, sections 4.4 and 8.6.
// Two rules: a push refreshes more Warehouses than discovery then finds the version for.
import { InputError, messageOf } from "../errors.ts";
import { isOciChart } from "../references/oci-chart.ts";
import type { ChartSubscription } from "../resources/subscription.ts";
import type { Explanation } from "./explanation.ts";
import { createSemVerRule, highestFirst, type SemVerRule } from "./semver-rule.ts";

export interface ChartSelector {
  /** Would a push of this tag refresh the Warehouse? Loose: `2` and `v1.2.0` do, and `_` is not read as `+`. */
  explain(tag: string): Explanation;
  /**
   * What discovery finds, best first. Of an OCI repository's tags, strict versions without a leading `v`, with `+`
   * where the tag has `_`; of the versions in a classic repository's index, whatever parses, as it was written.
   */
  select(versions: readonly string[]): readonly string[];
}

/** Throws `InputError` when the constraint does not parse. */
export function createChartSelector(subscription: ChartSubscription): ChartSelector {
  const loose = semVerRule(subscription, false);
  const strict = semVerRule(subscription, true);
  const isOci = isOciChart(subscription.repoURL);
  const versionOf = (text: string) => (isOci ? ociVersion(strict, text) : loose.versionOf(text));
  return {
    explain: loose.explain,
    select: (versions) =>
      versions
        .map(versionOf)
        .filter((version) => version !== undefined)
        .sort(highestFirst)
        .map(({ original }) => original),
  };
}

function ociVersion(strict: SemVerRule, tag: string): ReturnType<SemVerRule["versionOf"]> {
  return tag.startsWith("v") ? undefined : strict.versionOf(tag.replaceAll("_", "+"));
}

function semVerRule({ semverConstraint: constraint }: ChartSubscription, isStrict: boolean): SemVerRule {
  try {
    return createSemVerRule({ field: "semverConstraint", constraint, isStrict });
  } catch (error) {
    throw new InputError(`error parsing constraint "${constraint}": ${messageOf(error)}`, error);
  }
}
