// How a Warehouse stands after a pass, as conditions: docs/compatibility.md, section 7.4, and our own
// `PushesDiscovered`. Kargo's types, statuses and reasons are a contract; it writes some of them in the middle of a
// pass, where we have one status patch at its end. `write-status` calls it.

import type { Condition } from "../resources/condition.ts";
import { removeCondition, setCondition } from "../resources/conditions.ts";
import type { DiscoveredArtifacts } from "../resources/discovered-artifacts.ts";
import { formatAnswer, PUSHES_DISCOVERED, type PushesAnswer } from "../resources/pushes.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import type { FreightOutcome } from "./freight.ts";

/** What a pass came to. */
export type Conclusion =
  | { readonly kind: "discovery-failed"; readonly message: string; readonly error: unknown }
  | ({ readonly kind: "incomplete" } & Incomplete)
  | { readonly kind: "criteria-not-evaluated"; readonly message: string }
  | { readonly kind: "freight-failed"; readonly message: string; readonly error: unknown }
  /** `freight` is undefined where it is made by hand. */
  | { readonly kind: "ready"; readonly freight: FreightOutcome | undefined };

/** Why artifacts make no Freight, in Kargo's words. */
export interface Incomplete {
  readonly readyReason: string;
  readonly healthyReason: string;
  readonly message: string;
}

type Change = readonly [type: string, status: Condition["status"], reason: string, message: string];

/** The conditions that a pass removes where its conclusion does not set them. */
const OF_PASSES = ["Reconciling", "FreightCreationCriteriaSatisfied", "FreightCreated"];

/** `now` is RFC 3339 with whole seconds. Without an answer, `PushesDiscovered` stays as it is. */
export function conditionsAfter(
  warehouse: Warehouse,
  { conclusion, pushes, now }: { conclusion: Conclusion; pushes?: PushesAnswer | undefined; now: string },
): readonly Condition[] {
  const observedGeneration = warehouse.metadata.generation ?? 0;
  const changes = [
    ...changesFor(conclusion, warehouse.spec.subscriptions?.length ?? 0),
    ...(pushes ? [pushesChange(pushes)] : []),
  ];
  const isSet = new Set(changes.map(([type]) => type));
  const kept = OF_PASSES.filter((type) => !isSet.has(type)).reduce(removeCondition, warehouse.status?.conditions ?? []);
  return changes.reduce(
    (list, [type, status, reason, message]) =>
      setCondition(list, { type, status, reason, message, observedGeneration }, now),
    kept,
  );
}

function changesFor(conclusion: Conclusion, subscriptions: number): readonly Change[] {
  switch (conclusion.kind) {
    case "discovery-failed":
      return [
        ["Reconciling", "True", "ScheduledDiscovery", `Discovering artifacts for ${subscriptions} subscriptions`],
        ["Ready", "False", "DiscoveryFailure", `Artifact discovery failed: ${conclusion.message}`],
        ["Healthy", "False", "DiscoveryFailed", `Unable to discover artifacts: ${conclusion.message}`],
      ];
    case "incomplete":
      return notReady(conclusion.readyReason, conclusion.healthyReason, conclusion.message);
    case "criteria-not-evaluated":
      return notReady("CriteriaEvaluationFailed", "CriteriaEvaluationFailed", conclusion.message);
    case "freight-failed":
      return [
        ["Reconciling", "True", "FreightCreationInProgress", "Creating Freight from latest artifacts"],
        ...notReady(FREIGHT_CREATION_FAILURE, "FreightBuildFailure", conclusion.message),
        CRITERIA_SATISFIED,
      ];
    case "ready":
      return [
        [
          "Ready",
          "True",
          "ArtifactsDiscovered",
          `Successfully discovered artifacts from ${subscriptions} subscriptions`,
        ],
        ["Healthy", "True", "ReconciliationSucceeded", ""],
        ...(conclusion.freight ? [CRITERIA_SATISFIED, freightChange(conclusion.freight)] : []),
      ];
  }
}

const FREIGHT_CREATION_FAILURE = "FreightCreationFailure";

const CRITERIA_SATISFIED: Change = [
  "FreightCreationCriteriaSatisfied",
  "True",
  "CriteriaSatisfied",
  "Freight creation criteria satisfied",
];

function notReady(readyReason: string, healthyReason: string, message: string): readonly Change[] {
  return [
    ["Ready", "False", readyReason, message],
    ["Healthy", "False", healthyReason, message],
  ];
}

function freightChange({ kind }: FreightOutcome): Change {
  return kind === "created"
    ? ["FreightCreated", "True", "NewFreight", "No Freight composed of the newest artifacts already existed"]
    : ["FreightCreated", "False", "AlreadyExists", "Freight composed of the newest artifacts already exists"];
}

function pushesChange(pushes: PushesAnswer): Change {
  const message = formatAnswer(pushes);
  if (pushes.failed.length + pushes.unusable.length > 0)
    return [PUSHES_DISCOVERED, "False", "DiscoveryFailed", message];
  if (pushes.notVisible.length > 0) return [PUSHES_DISCOVERED, "False", "NotVisible", message];
  return [PUSHES_DISCOVERED, "True", "Discovered", message];
}

/** The first empty result: git, then images, then charts. Undefined when each has something. */
export function findIncomplete({
  git = [],
  images = [],
  charts = [],
  results = [],
}: DiscoveredArtifacts): Incomplete | undefined {
  if (git.length + images.length + charts.length + results.length === 0) {
    return incomplete("MissingArtifacts", "MissingArtifacts", "No artifacts discovered");
  }
  const repository = git.find(({ commits = [] }) => commits.length === 0);
  if (repository) {
    const message = `No commits discovered for Git repository "${repository.repoURL}"`;
    return incomplete("MissingCommits", "NoCommitsDiscovered", message);
  }
  const image = images.find(({ references = [] }) => references.length === 0);
  if (image) return incomplete("MissingImageReferences", "NoImageReferencesDiscovered", missingImages(image));
  const chart = charts.find(({ versions = [] }) => versions.length === 0);
  if (!chart) return undefined;
  const message = `No versions discovered for chart "${chart.name ?? ""}" from repository "${chart.repoURL}"`;
  return incomplete("MissingChartVersions", "NoChartVersionsDiscovered", message);
}

function missingImages({ repoURL, platform }: { repoURL: string; platform?: string | undefined }): string {
  const message = `No references discovered for image repository "${repoURL}"`;
  return platform
    ? `${message}; only the images of an index have a platform, and none is exactly ${platform}`
    : message;
}

function incomplete(readyReason: string, healthyReason: string, message: string): Incomplete {
  return { readyReason, healthyReason, message };
}

/** Whether the last pass discovered everything, and only the Freight is still to be made. */
export function isFreightDue({ metadata, status }: Warehouse): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.reason === FREIGHT_CREATION_FAILURE && ready.observedGeneration === metadata.generation;
}
