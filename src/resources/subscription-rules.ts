// What Kargo's webhook asks of a subscription, beyond that it can be decoded: docs/compatibility.md, sections 1.7 and 10.
import { normalizeChart } from "../references/chart.ts";
import { normalizeGit } from "../references/git.ts";
import { normalizeImage } from "../references/image.ts";
import { parseConstraint } from "../selectors/semver-constraint.ts";
import type { ReadSubscription } from "./decode-subscription.ts";
import type { ChartSubscription, GitSubscription, ImageSubscription } from "./subscription.ts";
import { invalidValue, type Violation } from "./violation.ts";

// Matched by the JavaScript engine: they are ours, and none of them can take more than linear time.
const IMAGE_URL = /^(\w+([.-]\w+)*(:\d+)?\/)?(\w+([.-]\w+)*)(\/\w+([.-]\w+)*)*$/;
const CHART_URL = /^(((https?)|(oci)):\/\/)([\w.-]+)(:\d+)?(\/.*)*$/;
const GIT_URL =
  /(?:^(ssh|https?):\/\/(?:([\w-]+)(:(.+))?@)?([\w-]+(?:\.[\w-]+)*)(?::(\d{1,5}))?(\/.*)$)|(?:^([\w-]+)@([\w+]+(?:\.[\w-]+)*):(\/?.*))/;
const BRANCH = /^[a-zA-Z0-9]([a-zA-Z0-9._/-]*[a-zA-Z0-9_-])?$/;
const MAX_BRANCH_BYTES = 255;
const MAX_DISCOVERY_LIMIT = 100;

/** `first` has, by type and normalised URL, the field at which a repository was first subscribed to; it is added to. */
export function subscriptionViolations(
  { type, content, field, violations }: ReadSubscription,
  first: Map<string, string>,
): readonly Violation[] {
  const isUndecodable = violations.some(({ reason }) => reason !== "FieldValueNotSupported");
  if (isUndecodable) return violations;
  return [...violations, ...ownViolations(type, content, field), ...repeatViolations({ type, content, field }, first)];
}

function ownViolations(type: string, content: unknown, field: string): readonly Violation[] {
  switch (type) {
    case "image":
      return imageViolations(content as ImageSubscription, field);
    case "chart":
      return chartViolations(content as ChartSubscription, field);
    case "git":
      return gitViolations(content as GitSubscription, field);
    default:
      return [invalidValue(field, "", "subscriber registry lookup failed: no matching registration found")];
  }
}

function imageViolations(image: ImageSubscription, field: string): readonly Violation[] {
  const { repoURL, imageSelectionStrategy: strategy, constraint = "", platform = "", discoveryLimit = 0 } = image;
  return [
    ...urlViolations(repoURL, field, { pattern: IMAGE_URL, what: "image repository" }),
    ...when(strategy === "Digest" && constraint === "", () =>
      invalidValue(`${field}.constraint`, constraint, "must be set when imageSelectionStrategy is Digest"),
    ),
    ...when(strategy === "SemVer" && !isConstraint(constraint), () => invalidValue(`${field}.constraint`, constraint)),
    ...when(platform !== "" && !platform.includes("/"), () =>
      invalidValue(`${field}.platform`, platform, "must be in format <os>/<arch>"),
    ),
    ...limitViolations(discoveryLimit, field),
  ];
}

function chartViolations(chart: ChartSubscription, field: string): readonly Violation[] {
  const { repoURL, name = "", semverConstraint = "", discoveryLimit = 0 } = chart;
  return [
    ...urlViolations(repoURL, field, { pattern: CHART_URL, what: "Helm repository" }),
    ...when(repoURL.startsWith("oci://") && name !== "", () =>
      invalidValue(`${field}.name`, name, "must be empty if repoURL starts with oci://"),
    ),
    ...when(isHttp(repoURL) && name === "", () =>
      invalidValue(`${field}.name`, name, "must be non-empty if repoURL starts with http:// or https://"),
    ),
    ...when(!isConstraint(semverConstraint), () => invalidValue(`${field}.semverConstraint`, semverConstraint)),
    ...limitViolations(discoveryLimit, field),
  ];
}

function gitViolations(git: GitSubscription, field: string): readonly Violation[] {
  const { repoURL, branch = "", semverConstraint = "", discoveryLimit = 0 } = git;
  return [
    ...urlViolations(repoURL, field, { pattern: GIT_URL, what: "Git repository" }),
    ...when(Buffer.byteLength(branch) > MAX_BRANCH_BYTES, () =>
      invalidValue(`${field}.branch`, branch, `must have a maximum length of ${MAX_BRANCH_BYTES}`),
    ),
    ...when(branch !== "" && !BRANCH.test(branch), () =>
      invalidValue(`${field}.branch`, branch, "must be a valid branch name"),
    ),
    ...when(!isConstraint(semverConstraint), () => invalidValue(`${field}.semverConstraint`, semverConstraint)),
    ...limitViolations(discoveryLimit, field),
  ];
}

function urlViolations(
  repoURL: string,
  field: string,
  { pattern, what }: { readonly pattern: RegExp; readonly what: string },
): readonly Violation[] {
  return [
    ...when(repoURL === "", () => invalidValue(`${field}.repoURL`, repoURL, "must have a minimum length of 1")),
    ...when(!pattern.test(repoURL), () => invalidValue(`${field}.repoURL`, repoURL, `must be a valid ${what} URL`)),
  ];
}

function limitViolations(limit: number, field: string): readonly Violation[] {
  return [
    ...when(limit < 1, () => invalidValue(`${field}.discoveryLimit`, limit, "must be >= 1")),
    ...when(limit > MAX_DISCOVERY_LIMIT, () =>
      invalidValue(`${field}.discoveryLimit`, limit, `must be <= ${MAX_DISCOVERY_LIMIT}`),
    ),
  ];
}

/** A repository is subscribed to once; of an http(s) chart repository each chart. */
function repeatViolations(
  { type, content, field }: Pick<ReadSubscription, "type" | "content" | "field">,
  first: Map<string, string>,
): readonly Violation[] {
  const identity = identityOf(type, content);
  if (!identity) return [];
  const { key, what } = identity;
  const earlier = first.get(key);
  if (earlier === undefined) {
    first.set(key, field);
    return [];
  }
  // The type stands twice in the field: so Kargo names it.
  return [
    invalidValue(`${field}.${type}`, content["repoURL"], `subscription for ${what} already exists at "${earlier}"`),
  ];
}

function identityOf(type: string, content: Readonly<Record<string, unknown>>) {
  const repoURL = String(content["repoURL"]);
  const name = String(content["name"] ?? "");
  switch (type) {
    case "image":
      return { key: `image ${normalizeImage(repoURL)}`, what: "image repository" };
    case "git":
      return { key: `git ${normalizeGit(repoURL)}`, what: "Git repository" };
    case "chart":
      return isHttp(repoURL)
        ? { key: `chart ${normalizeChart(repoURL)}:${name}`, what: `chart ${JSON.stringify(name)}` }
        : { key: `chart ${normalizeChart(repoURL)}`, what: "chart" };
    default:
      return undefined;
  }
}

function isHttp(repoURL: string): boolean {
  return repoURL.startsWith("http://") || repoURL.startsWith("https://");
}

/** An empty constraint is none. */
function isConstraint(text: string): boolean {
  if (text === "") return true;
  try {
    parseConstraint(text);
    return true;
  } catch {
    return false;
  }
}

function when(isViolated: boolean, violation: () => Violation): readonly Violation[] {
  return isViolated ? [violation()] : [];
}
