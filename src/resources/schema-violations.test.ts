// The expected causes were got from kube-apiserver 1.36.3 with Kargo's CRDs; they are compared as sets, because a real
// server gives them in no stable order.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CLUSTER_CONFIGS } from "./cluster-config.ts";
import { decodeObject } from "./decode-object.ts";
import { FREIGHTS } from "./freight.ts";
import { schemaOf } from "./kinds.ts";
import { PROJECT_CONFIGS } from "./project-config.ts";
import type { Resource } from "./resource.ts";
import { specViolations, statusViolations } from "./schema-violations.ts";
import { WAREHOUSES } from "./warehouse.ts";

type Cause = `${string} | ${string}`;

const NGINX = { image: { repoURL: "nginx" } };
const INTERVAL = String.raw`spec.interval in body should match '^([0-9]+(\.[0-9]+)?(s|m|h))+$'`;
const SUBDOMAIN = String.raw`'^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'`;
const RULES_SKIPPED: Cause =
  "<nil> | Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";

function causesOf(resource: Resource, fields: object): readonly string[] {
  const schema = schemaOf(resource);
  const { object } = decodeObject(schema, fields);
  return specViolations(schema, object as Record<string, unknown>).map(({ field, message }) => `${field} | ${message}`);
}

function checkTable(resource: Resource, rows: readonly (readonly [name: string, fields: object, Cause[]])[]): void {
  for (const [name, fields, expected] of rows) {
    test(`a ${resource.kind} with ${name}`, () => {
      assert.deepEqual(new Set(causesOf(resource, fields)), new Set(expected));
    });
  }
}

describe("violations of the schema", () => {
  checkTable(WAREHOUSES, [
    ["one subscription is fine", { spec: { subscriptions: [NGINX] } }, []],
    ["any JSON for a subscription is fine", { spec: { subscriptions: [1, null, "x", [1]] } }, []],
    ["a null interval gets the default", { spec: { interval: null, subscriptions: [NGINX] } }, []],
    ["no spec", {}, ["spec | Required value"]],
    ["a null spec", { spec: null }, ["spec | Required value"]],
    ["an empty spec", { spec: {} }, ["spec.subscriptions | Required value"]],
    ["null subscriptions", { spec: { subscriptions: null } }, ["spec.subscriptions | Required value"]],
    [
      "a string for spec",
      { spec: "x" },
      ['spec | Invalid value: "string": spec in body must be of type object: "string"'],
    ],
    ["a list for spec", { spec: [1] }, ['spec | Invalid value: "array": spec in body must be of type object: "array"']],
    [
      "a whole number for the interval",
      { spec: { interval: 5, subscriptions: [NGINX] } },
      ['spec.interval | Invalid value: "integer": spec.interval in body must be of type string: "integer"'],
    ],
    [
      "a fraction for the interval",
      { spec: { interval: 1.5, subscriptions: [NGINX] } },
      ['spec.interval | Invalid value: "number": spec.interval in body must be of type string: "number"'],
    ],
    [
      "an interval that is none",
      { spec: { interval: 'x"\n<', subscriptions: [NGINX] } },
      [`spec.interval | Invalid value: "x\\"\\n<": ${INTERVAL}`],
    ],
    [
      "a number for an enum",
      { spec: { freightCreationPolicy: 3, subscriptions: [NGINX] } },
      [
        'spec.freightCreationPolicy | Invalid value: "integer": spec.freightCreationPolicy in body must be of type string: "integer"',
        'spec.freightCreationPolicy | Unsupported value: 3: supported values: "Automatic", "Manual"',
      ],
    ],
    [
      "an object for the subscriptions",
      { spec: { subscriptions: {} } },
      ['spec.subscriptions | Invalid value: "object": spec.subscriptions in body must be of type array: "object"'],
    ],
    [
      "several faults",
      { spec: { interval: "x", freightCreationPolicy: "Y", subscriptions: [] } },
      [
        `spec.interval | Invalid value: "x": ${INTERVAL}`,
        "spec.subscriptions | Invalid value: 0: spec.subscriptions in body should have at least 1 items",
        'spec.freightCreationPolicy | Unsupported value: "Y": supported values: "Automatic", "Manual"',
      ],
    ],
    ["an invalid status, which is not looked at", { spec: { subscriptions: [NGINX] }, status: 5 }, []],
  ]);

  const receivers = (list: unknown) => ({ spec: { webhookReceivers: list } });
  checkTable(PROJECT_CONFIGS, [
    ["an empty secretRef is fine", receivers([{ name: "a", dockerhub: { secretRef: {} } }]), []],
    ["a null for the type is fine", receivers([{ name: "a", dockerhub: null }]), []],
    ["a receiver without name", receivers([{}]), ["spec.webhookReceivers[0].name | Required value", RULES_SKIPPED]],
    [
      "an empty receiver name",
      receivers([{ name: "" }]),
      [
        'spec.webhookReceivers[0].name | Invalid value: "": spec.webhookReceivers[0].name in body should be at least 1 chars long',
      ],
    ],
    [
      "a receiver name that is none",
      receivers([{ name: "A_b" }]),
      [
        `spec.webhookReceivers[0].name | Invalid value: "A_b": spec.webhookReceivers[0].name in body should match ${SUBDOMAIN}`,
      ],
    ],
    [
      "a long receiver name",
      receivers([{ name: "a".repeat(254) }]),
      ["spec.webhookReceivers[0].name | Too long: may not be more than 253 bytes", RULES_SKIPPED],
    ],
    [
      "no secretRef",
      receivers([{ name: "a", dockerhub: {} }]),
      ["spec.webhookReceivers[0].dockerhub.secretRef | Required value", RULES_SKIPPED],
    ],
    [
      "null in the list",
      receivers([null]),
      [
        'spec.webhookReceivers[0] | Invalid value: "null": spec.webhookReceivers[0] in body must be of type object: "null"',
        RULES_SKIPPED,
      ],
    ],
    [
      "a number for a parameter",
      receivers([{ name: "a", generic: { secretRef: {}, actions: [{ action: "X", parameters: { a: 1 } }] } }]),
      [
        'spec.webhookReceivers[0].generic.actions[0].action | Unsupported value: "X": supported values: "Refresh"',
        'spec.webhookReceivers[0].generic.actions[0].parameters.a | Invalid value: "integer": spec.webhookReceivers[0].generic.actions[0].parameters.a in body must be of type string: "integer"',
        RULES_SKIPPED,
      ],
    ],
    [
      "a policy for no Stage",
      { spec: { promotionPolicies: [{}] } },
      [
        "spec.promotionPolicies[0] | Invalid value: PromotionPolicy must have exactly one of stage or stageSelector set",
      ],
    ],
    [
      "a null Stage beside a selector is fine",
      { spec: { promotionPolicies: [{ stage: null, stageSelector: {} }] } },
      [],
    ],
    [
      "rollback causes that are none, or stand twice",
      {
        spec: {
          promotionPolicies: [
            { stage: "a", autoRollback: { onPromotion: ["No", "Bad"], onVerification: ["Failed", "Failed"] } },
          ],
        },
      },
      [
        'spec.promotionPolicies[0].autoRollback.onVerification[1] | Duplicate value: "Failed"',
        "spec.promotionPolicies[0].autoRollback.onPromotion | Invalid value: onPromotion[0] must be Failed or Errored",
        "spec.promotionPolicies[0].autoRollback.onPromotion | Invalid value: onPromotion[1] must be Failed or Errored",
      ],
    ],
    [
      "too many rollback causes",
      { spec: { promotionPolicies: [{ stage: "a", autoRollback: { onPromotion: ["Failed", "Errored", "x"] } }] } },
      ["spec.promotionPolicies[0].autoRollback.onPromotion | Too many: 3: must have at most 2 items", RULES_SKIPPED],
    ],
    [
      "two windows of one name",
      {
        spec: {
          promotionWindows: [
            { name: "a", kind: "Allow" },
            { name: "a", kind: "Deny" },
          ],
        },
      },
      ['spec.promotionWindows[1] | Duplicate value: {"name":"a"}'],
    ],
    [
      "a fault that leaves the rules to be checked",
      { spec: { promotionPolicies: [{}], stageLinks: [{ title: "", url: "x" }] } },
      [
        'spec.stageLinks[0].title | Invalid value: "": spec.stageLinks[0].title in body should be at least 1 chars long',
        "spec.promotionPolicies[0] | Invalid value: PromotionPolicy must have exactly one of stage or stageSelector set",
      ],
    ],
  ]);

  checkTable(FREIGHTS, [
    ["no origin", {}, ["origin | Required value"]],
    [
      "faults in its lists",
      { origin: { kind: "Warehouse", name: "w" }, images: [{ repoURL: 1 }], artifacts: [{}], discoveredAt: "x" },
      [
        "artifacts[0].subscriptionName | Required value",
        "artifacts[0].version | Required value",
        'discoveredAt | Invalid value: "x": discoveredAt in body must be of type date-time: "x"',
        'images[0].repoURL | Invalid value: "integer": images[0].repoURL in body must be of type string: "integer"',
      ],
    ],
  ]);

  checkTable(CLUSTER_CONFIGS, [
    ["a name before the e-mail address is fine", { spec: { gitClient: { name: "n", email: "Bob <a@b.c>" } } }, []],
    [
      "no e-mail address",
      { spec: { gitClient: { name: "", email: "x" } } },
      [
        'spec.gitClient.email | Invalid value: "x": spec.gitClient.email in body must be of type email: "x"',
        'spec.gitClient.name | Invalid value: "": spec.gitClient.name in body should be at least 1 chars long',
      ],
    ],
  ]);
});

describe("violations in the status of a Warehouse", () => {
  const CONDITION = {
    ...{ type: "Ready", status: "True", reason: "R", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" },
  };
  const TYPE = String.raw`'^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$'`;
  const rows: readonly (readonly [name: string, status: unknown, Cause[]])[] = [
    ["none when it is right", { conditions: [CONDITION] }, []],
    ["a scalar", 5, ['status | Invalid value: "integer":  in body must be of type object: "integer"']],
    [
      "a condition with every field wrong",
      {
        conditions: [
          {
            ...{ type: "a b", status: "true", reason: "", message: "x".repeat(40_000), lastTransitionTime: "xx" },
            observedGeneration: -1,
          },
        ],
      },
      [
        'status.conditions[0].status | Unsupported value: "true": supported values: "True", "False", "Unknown"',
        `status.conditions[0].type | Invalid value: "a b": conditions[0].type in body should match ${TYPE}`,
        'status.conditions[0].lastTransitionTime | Invalid value: "xx": conditions[0].lastTransitionTime in body must be of type date-time: "xx"',
        "status.conditions[0].message | Too long: may not be more than 32768 bytes",
        "status.conditions[0].observedGeneration | Invalid value: -1: conditions[0].observedGeneration in body should be greater than or equal to 0",
        'status.conditions[0].reason | Invalid value: "": conditions[0].reason in body should be at least 1 chars long',
      ],
    ],
    [
      "one condition twice",
      { conditions: [CONDITION, CONDITION] },
      ['status.conditions[1] | Duplicate value: {"type":"Ready"}'],
    ],
    [
      "a number for a time",
      { conditions: [{ ...CONDITION, lastTransitionTime: 5 }] },
      [
        'status.conditions[0].lastTransitionTime | Invalid value: "int64": conditions[0].lastTransitionTime in body must be of type date-time: "int64"',
      ],
    ],
    [
      "a string for a number",
      { observedGeneration: "1" },
      [
        'status.observedGeneration | Invalid value: "string": observedGeneration in body must be of type integer: "string"',
      ],
    ],
    [
      "image references that are none",
      {
        discoveredArtifacts: {
          images: [{ repoURL: "", references: [{ tag: "a".repeat(129), digest: "x" }, { tag: "", digest: "" }, {}] }],
        },
      },
      [
        "status.discoveredArtifacts.images[0].references[0].digest | Invalid value: \"x\": discoveredArtifacts.images[0].references[0].digest in body should match '^[a-z0-9]+:[a-f0-9]+$'",
        "status.discoveredArtifacts.images[0].references[0].tag | Too long: may not be more than 128 bytes",
        'status.discoveredArtifacts.images[0].references[1].digest | Invalid value: "": discoveredArtifacts.images[0].references[1].digest in body should be at least 1 chars long',
        'status.discoveredArtifacts.images[0].references[1].tag | Invalid value: "": discoveredArtifacts.images[0].references[1].tag in body should be at least 1 chars long',
        "status.discoveredArtifacts.images[0].references[2].digest | Required value",
        "status.discoveredArtifacts.images[0].references[2].tag | Required value",
        'status.discoveredArtifacts.images[0].repoURL | Invalid value: "": discoveredArtifacts.images[0].repoURL in body should be at least 1 chars long',
      ],
    ],
    [
      "an annotation that is no text",
      {
        discoveredArtifacts: {
          images: [{ repoURL: "a", references: [{ tag: "a", digest: "d:a", annotations: { "a/b": 1 } }] }],
        },
      },
      [
        'status.discoveredArtifacts.images[0].references[0].annotations.a/b | Invalid value: "integer": discoveredArtifacts.images[0].references[0].annotations.a/b in body must be of type string: "integer"',
      ],
    ],
  ];

  for (const [name, status, expected] of rows) {
    test(name, () => {
      const violations = statusViolations(schemaOf(WAREHOUSES), { status });

      const causes = violations.map(({ field, message }) => `${field} | ${message}`);
      assert.deepEqual(new Set(causes), new Set(expected));
    });
  }
});
