// The conditions of a Warehouse after a pass: kargo-behaviour.md, section 7.4, and our own `PushesDiscovered`.

import type { Condition } from "../resources/condition.ts";
import { removeCondition, setCondition } from "../resources/conditions.ts";
import type { DiscoveredArtifacts } from "../resources/discovered-artifacts.ts";
import {
  doneEntries,
  formatAnswer,
  PUSHES_DISCOVERED,
  type PushesAnswer,
  pushName,
  readPushes,
} from "../resources/pushes.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import type { FreightOutcome } from "./freight.ts";

type Change = readonly [type: string, status: Condition["status"], reason: string, message: string];

/** Why artifacts make no Freight: the first empty result, in Kargo's words. */
export interface Invalid {
  readonly readyReason: string;
  readonly healthyReason: string;
  readonly message: string;
}

export function invalidReason({ images = [] }: DiscoveredArtifacts): Invalid | undefined {
  if (images.length === 0) {
    const reason = "MissingArtifacts";
    return { readyReason: reason, healthyReason: reason, message: "No artifacts discovered" };
  }
  const empty = images.find(({ references = [] }) => references.length === 0);
  if (!empty) return undefined;
  const message = `No references discovered for image repository "${empty.repoURL}"`;
  return { readyReason: "MissingImageReferences", healthyReason: "NoImageReferencesDiscovered", message };
}

interface PassOutcome {
  readonly warehouse: Warehouse;
  readonly invalid: Invalid | undefined;
  readonly freight: FreightOutcome | undefined;
  readonly pushes: PushesAnswer | undefined;
  readonly now: string;
}

export function readyConditions({ warehouse, invalid, freight, pushes, now }: PassOutcome): readonly Condition[] {
  const count = warehouse.spec.subscriptions?.length ?? 0;
  const changes: Change[] = invalid
    ? [
        ["Ready", "False", invalid.readyReason, invalid.message],
        ["Healthy", "False", invalid.healthyReason, invalid.message],
      ]
    : [
        ["Ready", "True", "ArtifactsDiscovered", `Successfully discovered artifacts from ${count} subscriptions`],
        ["Healthy", "True", "ReconciliationSucceeded", ""],
      ];
  if (freight) {
    changes.push([
      "FreightCreationCriteriaSatisfied",
      "True",
      "CriteriaSatisfied",
      "Freight creation criteria satisfied",
    ]);
    changes.push(freightChange(freight));
  }
  if (pushes) changes.push(pushesChange(pushes));
  const kept = removeCondition(warehouse.status?.conditions ?? [], "Reconciling");
  const base = freight
    ? kept
    : removeCondition(removeCondition(kept, "FreightCreationCriteriaSatisfied"), "FreightCreated");
  return apply(base, changes, warehouse, now);
}

/** Discovery failed: nothing is ready, and the refresh is not handled. */
export function failedConditions(warehouse: Warehouse, error: string, now: string): readonly Condition[] {
  const count = warehouse.spec.subscriptions?.length ?? 0;
  const changes: Change[] = [
    ["Reconciling", "True", "ScheduledDiscovery", `Discovering artifacts for ${count} subscriptions`],
    ["Ready", "False", "DiscoveryFailure", `Artifact discovery failed: ${error}`],
    ["Healthy", "False", "DiscoveryFailed", `Unable to discover artifacts: ${error}`],
  ];
  const answer = failedPushes(warehouse);
  if (answer.read.size > 0) changes.push([PUSHES_DISCOVERED, "False", "DiscoveryFailed", formatAnswer(answer)]);
  const kept = removeCondition(warehouse.status?.conditions ?? [], "FreightCreationCriteriaSatisfied");
  return apply(removeCondition(kept, "FreightCreated"), changes, warehouse, now);
}

function failedPushes(warehouse: Warehouse): PushesAnswer {
  const read = new Map<string, string>();
  const failed = new Set<string>();
  for (const [replica, entries] of readPushes(warehouse)) {
    const last = entries.at(-1);
    if (last) read.set(replica, last.token);
    const done = doneEntries(warehouse, replica, entries);
    for (const entry of entries) if (!done.has(entry)) failed.add(pushName(entry));
  }
  return { read, failed: [...failed], notVisible: [], notWanted: [], unchanged: [] };
}

function freightChange({ kind }: FreightOutcome): Change {
  return kind === "created"
    ? ["FreightCreated", "True", "NewFreight", "No Freight composed of the newest artifacts already existed"]
    : ["FreightCreated", "False", "AlreadyExists", "Freight composed of the newest artifacts already exists"];
}

function pushesChange(pushes: PushesAnswer): Change {
  return pushes.notVisible.length > 0
    ? [PUSHES_DISCOVERED, "False", "NotVisible", formatAnswer(pushes)]
    : [PUSHES_DISCOVERED, "True", "Discovered", formatAnswer(pushes)];
}

function apply(
  conditions: readonly Condition[],
  changes: readonly Change[],
  warehouse: Warehouse,
  now: string,
): readonly Condition[] {
  const observedGeneration = warehouse.metadata.generation ?? 0;
  return changes.reduce(
    (list, [type, status, reason, message]) =>
      setCondition(list, { type, status, reason, message, observedGeneration }, now),
    conditions,
  );
}
