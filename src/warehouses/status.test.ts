// The conditions of docs/compatibility.md, section 7.4, row by row, and their order.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Condition } from "../resources/condition.ts";
import type { Freight } from "../resources/freight.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import { type Conclusion, conditionsAfter, findIncomplete } from "./status.ts";

const FREIGHT = { metadata: { name: "f" } } as Freight;
const FAILED: Conclusion = { kind: "discovery-failed", message: "no answer", error: new Error("no answer") };
const READY: Conclusion = { kind: "ready", freight: { kind: "created", freight: FREIGHT } };

function warehouseWith(conditions: readonly Condition[]): Warehouse {
  const spec = { interval: "5m0s", subscriptions: [{}, {}] };
  return {
    apiVersion: "",
    kind: "",
    metadata: { name: "w", generation: 3 },
    spec,
    status: { conditions },
  } as unknown as Warehouse;
}

/** What each conclusion leaves, one after another. */
function after(...conclusions: readonly Conclusion[]): readonly Condition[] {
  return conclusions.reduce<readonly Condition[]>(
    (conditions, conclusion) => conditionsAfter(warehouseWith(conditions), { conclusion, now: "2026-01-01T00:00:00Z" }),
    [],
  );
}

function rows(conditions: readonly Condition[]): readonly string[] {
  return conditions.map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`);
}

const SATISFIED = "FreightCreationCriteriaSatisfied=True CriteriaSatisfied: Freight creation criteria satisfied";

const ROWS: readonly (readonly [what: string, conclusion: Conclusion, rows: readonly string[]])[] = [
  [
    "new Freight",
    READY,
    [
      "Ready=True ArtifactsDiscovered: Successfully discovered artifacts from 2 subscriptions",
      "Healthy=True ReconciliationSucceeded: ",
      SATISFIED,
      "FreightCreated=True NewFreight: No Freight composed of the newest artifacts already existed",
    ],
  ],
  [
    "Freight that exists",
    { kind: "ready", freight: { kind: "exists", freight: FREIGHT } },
    [
      "Ready=True ArtifactsDiscovered: Successfully discovered artifacts from 2 subscriptions",
      "Healthy=True ReconciliationSucceeded: ",
      SATISFIED,
      "FreightCreated=False AlreadyExists: Freight composed of the newest artifacts already exists",
    ],
  ],
  [
    "Freight made by hand",
    { kind: "ready", freight: undefined },
    [
      "Ready=True ArtifactsDiscovered: Successfully discovered artifacts from 2 subscriptions",
      "Healthy=True ReconciliationSucceeded: ",
    ],
  ],
  [
    "a failed discovery",
    FAILED,
    [
      "Reconciling=True ScheduledDiscovery: Discovering artifacts for 2 subscriptions",
      "Ready=False DiscoveryFailure: Artifact discovery failed: no answer",
      "Healthy=False DiscoveryFailed: Unable to discover artifacts: no answer",
    ],
  ],
  [
    "Freight that could not be created",
    { kind: "freight-failed", message: "Error creating Freight", error: new Error() },
    [
      "Reconciling=True FreightCreationInProgress: Creating Freight from latest artifacts",
      "Ready=False FreightCreationFailure: Error creating Freight",
      "Healthy=False FreightBuildFailure: Error creating Freight",
      SATISFIED,
    ],
  ],
  [
    "criteria that are not evaluated",
    { kind: "criteria-not-evaluated", message: "not yet" },
    ["Ready=False CriteriaEvaluationFailed: not yet", "Healthy=False CriteriaEvaluationFailed: not yet"],
  ],
];

for (const [what, conclusion, expected] of ROWS) {
  test(`the conditions after ${what}`, () => {
    const conditions = after(conclusion);

    assert.deepEqual(rows(conditions), expected);
    assert.ok(conditions.every(({ observedGeneration }) => observedGeneration === 3));
  });
}

test("a failure after success keeps Kargo's order and removes what only a success says", () => {
  const types = after(READY, FAILED).map(({ type }) => type);

  assert.deepEqual(types, ["Ready", "Healthy", "Reconciling"]);
});

test("a success after a failure removes Reconciling", () => {
  const types = after(FAILED, READY).map(({ type }) => type);

  assert.deepEqual(types, ["Ready", "Healthy", "FreightCreationCriteriaSatisfied", "FreightCreated"]);
});

test("the answer to pushes is True, or says why it is not", () => {
  const answer = {
    read: new Map([["a", "t"]]),
    failed: [],
    unusable: [],
    notVisible: [],
    notWanted: ["r:2"],
    unchanged: [],
  };
  const of = (pushes: typeof answer) =>
    rows(conditionsAfter(warehouseWith([]), { conclusion: READY, pushes, now: "2026-01-01T00:00:00Z" })).at(-1);

  assert.equal(of(answer), "PushesDiscovered=True Discovered: Read pushes.a up to t; not wanted: r:2");
  assert.equal(
    of({ ...answer, notVisible: ["r:1"] } as never),
    "PushesDiscovered=False NotVisible: Read pushes.a up to t; not visible: r:1; not wanted: r:2",
  );
  assert.equal(
    of({ ...answer, failed: ["r:1"] } as never),
    "PushesDiscovered=False DiscoveryFailed: Read pushes.a up to t; failed: r:1; not wanted: r:2",
  );
});

test("the first empty result says what is missing: git, then images, then charts", () => {
  const git = [{ repoURL: "https://g/x" }];
  const images = [{ repoURL: "i" }];
  const charts = [{ repoURL: "oci://c/x", versions: [] }];
  const digest = `sha256:${"a".repeat(64)}`;

  const found = [
    findIncomplete({}),
    findIncomplete({ git, images, charts }),
    findIncomplete({ images, charts }),
    findIncomplete({ images: [{ repoURL: "i", platform: "linux/arm64" }] }),
    findIncomplete({ images: [{ repoURL: "i", references: [{ tag: "1", digest }] }], charts }),
  ];

  assert.deepEqual(
    found.map((one) => one && `${one.readyReason} ${one.healthyReason} ${one.message}`),
    [
      "MissingArtifacts MissingArtifacts No artifacts discovered",
      'MissingCommits NoCommitsDiscovered No commits discovered for Git repository "https://g/x"',
      'MissingImageReferences NoImageReferencesDiscovered No references discovered for image repository "i"',
      'MissingImageReferences NoImageReferencesDiscovered No references discovered for image repository "i"; only the images of an index have a platform, and none is exactly linux/arm64',
      'MissingChartVersions NoChartVersionsDiscovered No versions discovered for chart "" from repository "oci://c/x"',
    ],
  );
});
