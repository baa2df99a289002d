// Whether a pushed tag can matter to a chart subscription: kargo-behaviour.md, section 4.4. Looser than discovery.
import type { ChartSubscription } from "../resources/subscription.ts";
import type { Explanation } from "./image-selector.ts";
import { parseConstraint } from "./semver-constraint.ts";
import { parseVersion } from "./semver-version.ts";

/** Throws `InputError` when the constraint does not parse. */
export function createChartSelector({ semverConstraint: text }: ChartSubscription): {
  explain(tag: string): Explanation;
} {
  const constraint = text ? parseConstraint(text) : undefined;
  return {
    explain(tag) {
      const version = parseVersion(tag);
      if (!version) return { isAdmitted: false, rule: "not a semantic version" };
      if (constraint && !constraint(version)) {
        return { isAdmitted: false, rule: `semverConstraint: ${text} does not admit it` };
      }
      return { isAdmitted: true, rule: "" };
    },
  };
}
