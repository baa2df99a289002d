import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Warehouse } from "./warehouse.ts";
import { subscriptionFaults, warehouseViolations, withWarehouseDefaults } from "./warehouse-rules.ts";

function warehouse(...subscriptions: readonly unknown[]): Warehouse {
  return {
    apiVersion: "kargo.akuity.io/v1alpha1",
    kind: "Warehouse",
    metadata: { name: "w", namespace: "p" },
    spec: { interval: "5m0s", subscriptions: subscriptions as Warehouse["spec"]["subscriptions"] },
  };
}

describe("a Warehouse with", () => {
  const image = (fields: object) => ({ image: { repoURL: "nginx", ...fields } });
  const chart = (fields: object) => ({ chart: { repoURL: "oci://ghcr.io/a/b", ...fields } });
  const git = (fields: object) => ({ git: { repoURL: "https://github.com/a/b", ...fields } });
  const AT = "spec.subscriptions[0]";
  const STRATEGIES = '"Digest", "Lexical", "NewestBuild", "SemVer"';
  const rows: readonly (readonly [name: string, subscriptions: readonly unknown[], ...violations: string[]])[] = [
    ["an image, a chart and a repository", [image({}), chart({}), git({})]],
    [
      "an empty repoURL",
      [image({ repoURL: "" })],
      `${AT}.image.repoURL: Invalid value: "": must have a minimum length of 1`,
      `${AT}.image.repoURL: Invalid value: "": must be a valid image repository URL`,
    ],
    [
      "no repoURL",
      [{ chart: {} }],
      `${AT}.chart.repoURL: Invalid value: "": must have a minimum length of 1`,
      `${AT}.chart.repoURL: Invalid value: "": must be a valid Helm repository URL`,
    ],
    [
      "an image with a tag",
      [image({ repoURL: "nginx:1" })],
      `${AT}.image.repoURL: Invalid value: "nginx:1": must be a valid image repository URL`,
    ],
    [
      "an image with a scheme",
      [image({ repoURL: "https://ghcr.io/a/b" })],
      `${AT}.image.repoURL: Invalid value: "https://ghcr.io/a/b": must be a valid image repository URL`,
    ],
    [
      "an unknown strategy",
      [image({ imageSelectionStrategy: "Newest" })],
      `${AT}.image.imageSelectionStrategy: Unsupported value: "Newest": supported values: ${STRATEGIES}`,
    ],
    [
      "Digest and no constraint",
      [image({ imageSelectionStrategy: "Digest" })],
      `${AT}.image.constraint: Invalid value: "": must be set when imageSelectionStrategy is Digest`,
    ],
    ["Digest and any tag for a constraint", [image({ imageSelectionStrategy: "Digest", constraint: "latest" })]],
    ["a constraint that is none", [image({ constraint: "latest" })], `${AT}.image.constraint: Invalid value: "latest"`],
    ["a constraint that its strategy ignores", [image({ imageSelectionStrategy: "Lexical", constraint: "latest" })]],
    [
      "a platform without architecture",
      [image({ platform: "linux" })],
      `${AT}.image.platform: Invalid value: "linux": must be in format <os>/<arch>`,
    ],
    ["a platform with a variant", [image({ platform: "linux/arm64/v8" })]],
    [
      "a limit below one",
      [image({ discoveryLimit: -1 })],
      `${AT}.image.discoveryLimit: Invalid value: -1: must be >= 1`,
    ],
    ["a limit of zero, which is none", [image({ discoveryLimit: 0 })]],
    [
      "a limit above a hundred",
      [git({ discoveryLimit: 101 })],
      `${AT}.git.discoveryLimit: Invalid value: 101: must be <= 100`,
    ],
    [
      "a chart without scheme",
      [chart({ repoURL: "ghcr.io/a/b" })],
      `${AT}.chart.repoURL: Invalid value: "ghcr.io/a/b": must be a valid Helm repository URL`,
    ],
    [
      "an OCI chart with a name",
      [chart({ name: "c" })],
      `${AT}.chart.name: Invalid value: "c": must be empty if repoURL starts with oci://`,
    ],
    [
      "an http chart without name",
      [chart({ repoURL: "https://charts.example.com" })],
      `${AT}.chart.name: Invalid value: "": must be non-empty if repoURL starts with http:// or https://`,
    ],
    [
      "a chart constraint that is none",
      [chart({ semverConstraint: "x y" })],
      `${AT}.chart.semverConstraint: Invalid value: "x y"`,
    ],
    [
      "a repository without path",
      [git({ repoURL: "https://github.com" })],
      `${AT}.git.repoURL: Invalid value: "https://github.com": must be a valid Git repository URL`,
    ],
    [
      "a branch that is none",
      [git({ branch: "-a" })],
      `${AT}.git.branch: Invalid value: "-a": must be a valid branch name`,
    ],
    [
      "a long branch",
      [git({ branch: "a".repeat(256) })],
      `${AT}.git.branch: Invalid value: "${"a".repeat(256)}": must have a maximum length of 255`,
    ],
    [
      "a git strategy of images",
      [git({ commitSelectionStrategy: "Digest" })],
      `${AT}.git.commitSelectionStrategy: Unsupported value: "Digest": supported values: "Lexical", "NewestFromBranch", "NewestTag", "SemVer"`,
    ],
    [
      "one image twice",
      [image({}), image({ repoURL: "docker.io/library/nginx" })],
      `spec.subscriptions[1].image.image: Invalid value: "docker.io/library/nginx": subscription for image repository already exists at "${AT}.image"`,
    ],
    [
      "one repository twice",
      [git({}), git({ repoURL: "https://github.com/A/b.git" })],
      `spec.subscriptions[1].git.git: Invalid value: "https://github.com/A/b.git": subscription for Git repository already exists at "${AT}.git"`,
    ],
    [
      "one OCI chart twice",
      [chart({}), chart({})],
      `spec.subscriptions[1].chart.chart: Invalid value: "oci://ghcr.io/a/b": subscription for chart already exists at "${AT}.chart"`,
    ],
    [
      "one http chart twice, and another of that repository",
      [...["a", "b", "a"].map((name) => chart({ repoURL: "https://h/c", name }))],
      `spec.subscriptions[2].chart.chart: Invalid value: "https://h/c": subscription for chart "a" already exists at "${AT}.chart"`,
    ],
    ["an image and a chart of one repository", [image({ repoURL: "ghcr.io/a/b" }), chart({})]],
    [
      "one name twice",
      [
        { name: "n", ...image({}) },
        { name: "n", ...git({}) },
      ],
      `spec.subscriptions[1].name: Invalid value: "n": subscription name "n" already used at "${AT}.name"`,
    ],
    [
      "a name that is none",
      [{ name: "N_", ...image({}) }],
      `${AT}.name: Invalid value: "N_": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
    ],
    [
      "a generic subscription without name",
      [{ foo: {} }],
      `${AT}.foo: Invalid value: "": subscriber registry lookup failed: no matching registration found`,
      `${AT}.name: Required value: a name is required for subscriptions of this type`,
    ],
    [
      "a subscription of two kinds",
      [{ ...image({}), ...git({}) }],
      `${AT}: Invalid value: {"image":{"repoURL":"nginx"},"git":{"repoURL":"https://github.com/a/b"}}: subscription at index 0 must have exactly one top-level field naming its type, apart from an optional "name" field, but has 2`,
    ],
    [
      "a subscription of no kind",
      [{ name: "n" }],
      `${AT}: Invalid value: {"name":"n"}: subscription at index 0 must have exactly one top-level field naming its type, apart from an optional "name" field, but has 0`,
    ],
    [
      "a number for a subscription",
      [5],
      `${AT}: Invalid value: "number": ${AT} in body must be of type object: "number"`,
    ],
    [
      "a number for a repoURL",
      [image({ repoURL: 5 })],
      `${AT}.image.repoURL: Invalid value: "integer": ${AT}.image.repoURL in body must be of type string: "integer"`,
    ],
    [
      "a string for a list",
      [image({ allowTagsRegexes: "a" })],
      `${AT}.image.allowTagsRegexes: Invalid value: "string": ${AT}.image.allowTagsRegexes in body must be of type array: "string"`,
    ],
    ["null for a kind", [{ image: null }], `${AT}.image: Required value`],
    ["nulls for fields", [image({ constraint: null, strictSemvers: null, platform: null })]],
    ["a field name in other letters", [{ image: { repourl: "nginx" } }]],
  ];

  for (const [name, subscriptions, ...expected] of rows) {
    test(name, () => {
      const violations = warehouseViolations(warehouse(...subscriptions));

      assert.deepEqual(
        violations.map(({ field, message }) => `${field}: ${message}`),
        expected,
      );
    });
  }
});

test("the faults of a Warehouse are told by subscription", () => {
  const faults = subscriptionFaults(warehouse({ image: { repoURL: "nginx" } }, { image: {} }));

  assert.deepEqual([...faults.keys()], [1]);
  assert.match(faults.get(1) ?? "", /^\[spec\.subscriptions\[1\]\.image\.repoURL: .*, .*\]$/);
});

describe("the defaults of a Warehouse", () => {
  test("fill in what a subscription leaves out, and keep the rest", () => {
    const given = warehouse(
      { name: "n", image: { repoURL: "a", discoveryLimit: 0, other: null } },
      { git: { repoURL: "b", strictSemvers: false } },
      { chart: { repoURL: "c", discoveryLimit: 5 } },
      { foo: {} },
      "x",
    );

    const { spec } = withWarehouseDefaults(given);

    assert.deepEqual(spec.subscriptions, [
      {
        name: "n",
        image: { repoURL: "a", discoveryLimit: 20, other: null, imageSelectionStrategy: "SemVer", strictSemvers: true },
      },
      { git: { repoURL: "b", strictSemvers: false, commitSelectionStrategy: "NewestFromBranch", discoveryLimit: 20 } },
      { chart: { repoURL: "c", discoveryLimit: 5 } },
      { foo: { discoveryLimit: 20 } },
      "x",
    ]);
  });

  test("make the shard label follow the shard", () => {
    const { metadata, spec } = warehouse({ image: { repoURL: "a" } });
    const labelled = { metadata: { ...metadata, labels: { "kargo.akuity.io/shard": "old", a: "b" } } };

    const moved = withWarehouseDefaults({ ...labelled, spec: { ...spec, shard: "new" } });
    const freed = withWarehouseDefaults({ ...labelled, spec });

    assert.deepEqual(moved.metadata.labels, { a: "b", "kargo.akuity.io/shard": "new" });
    assert.deepEqual(freed.metadata.labels, { a: "b" });
  });

  test("applied twice are applied once", () => {
    const fields = ["repoURL", "imageSelectionStrategy", "strictSemvers", "discoveryLimit", "constraint", "x"];
    const content = fc.dictionary(fc.constantFrom(...fields), fc.constantFrom(null, "", "SemVer", 0, 7, true, false));
    const subscription = fc.dictionary(fc.constantFrom("image", "chart", "git", "foo", "name"), content);

    fc.assert(
      fc.property(fc.array(subscription), fc.option(fc.string()), (subscriptions, shard) => {
        const given = warehouse(...subscriptions);
        const once = withWarehouseDefaults({ ...given, spec: { ...given.spec, ...(shard && { shard }) } });

        assert.deepEqual(withWarehouseDefaults(once), once);
      }),
    );
  });
});
