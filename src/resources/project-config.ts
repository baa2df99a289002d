// ProjectConfig: the settings of one Project, in the Project's namespace and named like it. kargo-behaviour.md, section 1.5.
import { Type } from "typebox";
import { ConfigStatus, configSpecFields } from "./config-parts.ts";
import { kargoResource } from "./kargo.ts";
import { kindSchema, type ObjectOf } from "./kube-object.ts";
import { DNS_SUBDOMAIN_PATTERN, NameSelector } from "./object-selectors.ts";

export const PROJECT_CONFIGS = kargoResource("ProjectConfig", "projectconfigs", true);

function rollbackCauses(field: string, [first, second]: readonly [string, string]) {
  const isOneOf = (index: number) => `self[${index}] == '${first}' || self[${index}] == '${second}'`;
  const message = (index: number) => `${field}[${index}] must be ${first} or ${second}`;
  return Type.Array(Type.String(), {
    description: `Outcomes after which to roll back: ${first}, ${second}.`,
    maxItems: 2,
    "x-kubernetes-list-type": "set",
    "x-kubernetes-validations": [
      { message: message(0), rule: `self.size() == 0 || ${isOneOf(0)}` },
      { message: message(1), rule: `self.size() <= 1 || ${isOneOf(1)}` },
    ],
  });
}

const PromotionPolicy = Type.Object(
  {
    stage: Type.Optional(
      Type.String({ pattern: DNS_SUBDOMAIN_PATTERN, description: "Name of the Stage. Prefer stageSelector." }),
    ),
    stageSelector: Type.Optional(NameSelector),
    autoPromotionEnabled: Type.Optional(
      Type.Boolean({ description: "Whether new Freight is promoted without being asked." }),
    ),
    autoRollback: Type.Optional(
      Type.Object(
        {
          onPromotion: Type.Optional(rollbackCauses("onPromotion", ["Failed", "Errored"])),
          onVerification: Type.Optional(rollbackCauses("onVerification", ["Failed", "Error"])),
        },
        { description: "When to go back to the Freight before." },
      ),
    ),
  },
  {
    description: "How Freight is promoted into the Stages it selects.",
    "x-kubernetes-validations": [
      {
        message: "PromotionPolicy must have exactly one of stage or stageSelector set",
        rule: "has(self.stage) ? !has(self.stageSelector) : has(self.stageSelector)",
      },
    ],
  },
);

export const ProjectConfig = kindSchema("The settings of one Project.", {
  spec: Type.Optional(
    Type.Object(
      {
        promotionPolicies: Type.Optional(
          Type.Array(PromotionPolicy, { description: "How Freight is promoted, Stage by Stage." }),
        ),
        ...configSpecFields,
      },
      { description: "The settings." },
    ),
  ),
  status: Type.Optional(ConfigStatus),
});
export type ProjectConfig = ObjectOf<typeof ProjectConfig>;
