import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { clusterConfigViolations, configNameViolations, projectConfigViolations } from "./config-rules.ts";
import type { ProjectConfig } from "./project-config.ts";
import { projectConfigRefusal, projectConflict, projectViolations } from "./project-rules.ts";

type Spec = NonNullable<ProjectConfig["spec"]>;

const IDENTITY = { apiVersion: "kargo.akuity.io/v1alpha1" };
const secretRef = { name: "s" };

function projectConfig(spec: Spec): ProjectConfig {
  return { ...IDENTITY, kind: "ProjectConfig", metadata: { name: "p", namespace: "p" }, spec };
}

describe("a ProjectConfig with", () => {
  const RECEIVERS = "spec.webhookReceivers";
  const target = { kind: "Warehouse" } as const;
  const generic = (...targetSelectionCriteria: readonly object[]) => ({
    webhookReceivers: [
      { name: "a", generic: { secretRef, actions: [{ action: "Refresh", targetSelectionCriteria }] } },
    ],
  });
  const rows: readonly (readonly [name: string, spec: object, ...violations: string[]])[] = [
    ["no receivers", {}],
    ["a receiver of no type", { webhookReceivers: [{ name: "a" }] }],
    [
      "a name that stands twice",
      { webhookReceivers: [{ name: "a" }, { name: "b" }, { name: "a" }] },
      `${RECEIVERS}[2].name: Invalid value: "a": webhook receiver name already defined at ${RECEIVERS}[0]`,
    ],
    [
      "a receiver of two types",
      { webhookReceivers: [{ name: "a", github: { secretRef }, dockerhub: { secretRef } }] },
      `${RECEIVERS}[0]: Forbidden: cannot define a receiver that is of more than one type, found 2: [DockerHub GitHub]`,
    ],
    [
      "a receiver of eight types, in Kargo's order",
      {
        webhookReceivers: [
          Object.fromEntries([
            ["name", "a"],
            ...["artifactory", "azure", "bitbucket", "dockerhub", "gitea", "github", "gitlab", "quay"].map((type) => [
              type,
              { secretRef },
            ]),
          ]),
        ],
      },
      `${RECEIVERS}[0]: Forbidden: cannot define a receiver that is of more than one type, found 8: [Bitbucket DockerHub GitHub GitLab Quay Artifactory Azure Gitea]`,
    ],
    [
      "Harbor and another type, which Kargo does not count",
      { webhookReceivers: [{ name: "a", harbor: { secretRef }, quay: { secretRef } }] },
    ],
    ["a target by name", generic({ ...target, name: "w" })],
    ["a target by label", generic({ ...target, labelSelector: { matchLabels: { a: "b" } } })],
    [
      "a target that selects nothing",
      generic({ ...target, name: "w" }, { ...target, labelSelector: {} }),
      `${RECEIVERS}[0].generic.actions[0].targetSelectionCriteria[1]: Invalid value: {"kind":"Warehouse","labelSelector":{}}: at least one of name, labelSelector, or indexSelector must be specified for target`,
    ],
    [
      "two policies for a Stage",
      { promotionPolicies: [{ stage: "a" }, { stageSelector: { name: "a" } }] },
      'spec.promotionPolicies[1]: Invalid value: "a": stage name already defined at spec.promotionPolicies[0]',
    ],
    [
      "two policies with one pattern",
      { promotionPolicies: [{ stageSelector: { name: "glob:a*" } }, { stageSelector: { name: "glob:a*" } }] },
    ],
    [
      "a pattern of an unknown sort",
      { promotionPolicies: [{ stageSelector: { name: "globb:a" } }] },
      'spec.promotionPolicies[0].stageSelector.name: Invalid value: "globb:a": invalid pattern identifier "globb": must be "regex", "regexp" or "glob"',
    ],
  ];

  for (const [name, spec, ...expected] of rows) {
    test(name, () => {
      const violations = projectConfigViolations(projectConfig(spec));

      assert.deepEqual(
        violations.map(({ field, message }) => `${field}: ${message}`),
        expected,
      );
    });
  }

  test("a regular expression that is none", () => {
    const policies = [{ stageSelector: { name: "regex:(" } }];

    const [violation] = projectConfigViolations(projectConfig({ promotionPolicies: policies }));

    assert.equal(violation?.field, "spec.promotionPolicies[0].stageSelector.name");
    assert.match(violation.message, /^Invalid value: "regex:\(": error parsing regexp: missing closing \)/);
  });
});

test("a ProjectConfig is named like its namespace", () => {
  const config = { ...projectConfig({}), metadata: { name: "x", namespace: "p" } };

  const violations = configNameViolations(config);

  assert.deepEqual(
    violations.map(({ field, message }) => `${field}: ${message}`),
    ['metadata.name: Invalid value: "x": name "x" must match project name "p"'],
  );
  assert.deepEqual(configNameViolations(projectConfig({})), []);
});

test("a ClusterConfig is named cluster, and its receivers follow the same rules", () => {
  const named = (name: string) => ({ ...IDENTITY, kind: "ClusterConfig", metadata: { name } });
  const spec = { webhookReceivers: [{ name: "a" }, { name: "a" }] };

  const violations = configNameViolations(named("other"));

  assert.deepEqual(
    violations.map(({ message }) => message),
    ['Invalid value: "other": name "other" must be "cluster"'],
  );
  assert.deepEqual(configNameViolations(named("cluster")), []);
  assert.equal(clusterConfigViolations({ ...named("cluster"), spec }).length, 1);
});

describe("a namespace", () => {
  const namespace = (fields: object) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name: "p", ...fields } });
  const labels = { "kargo.akuity.io/project": "true" };
  const failed = 'failed to initialize Project "p" because namespace "p"';

  test("with the label is a Project's", () => {
    const labelled = namespace({ labels });

    assert.deepEqual(projectViolations(labelled), []);
    assert.equal(projectConfigRefusal(labelled), undefined);
    assert.equal(projectConflict(labelled), undefined);
  });

  test("with another value of the label is none", () => {
    const other = namespace({ labels: { "kargo.akuity.io/project": "yes" } });

    assert.deepEqual(
      projectViolations(other).map(({ field, message }) => `${field}: ${message}`),
      ['metadata.namespace: Invalid value: "p": namespace "p" is not a project'],
    );
    assert.equal(
      projectConfigRefusal(other),
      'namespace "p" does not belong to Kargo project (missing "kargo.akuity.io/project" label)',
    );
    assert.equal(projectConflict(other), `${failed} already exists and is not labeled as a Project namespace`);
  });

  test("that is being deleted cannot be taken over", () => {
    const terminating = namespace({ labels, deletionTimestamp: "2026-01-01T00:00:00Z" });

    assert.match(projectConflict(terminating) ?? "", /^failed to initialize .* is still being terminated; please try/);
  });
});
