// ProjectConfig: the settings of one Project, in the Project's namespace and named like it:
// docs/compatibility.md, section 1.5.

import { ConfigStatus, configSpecFields } from "./config-parts.ts";
import { kargoResource } from "./kargo.ts";
import { kindSchema, type ObjectOf } from "./kube-object.ts";
import { DNS_SUBDOMAIN_PATTERN, NameSelector } from "./object-selectors.ts";
import { array, boolean, object, optional, string } from "./schema.ts";
import { ONE_STAGE, ROLLBACK_ON_PROMOTION, ROLLBACK_ON_VERIFICATION, written } from "./validation-rules.ts";

export const PROJECT_CONFIGS = kargoResource("ProjectConfig", "projectconfigs", true);

function outcomes(first: string, second: string, rules: Parameters<typeof written>[0]) {
  return array(string(), {
    description: `Outcomes after which to roll back: ${first}, ${second}.`,
    maxItems: 2,
    "x-kubernetes-list-type": "set",
    "x-kubernetes-validations": written(rules),
  });
}

const PromotionPolicy = object(
  {
    stage: optional(
      string({ pattern: DNS_SUBDOMAIN_PATTERN, description: "Name of the Stage. Prefer stageSelector." }),
    ),
    stageSelector: optional(NameSelector),
    autoPromotionEnabled: optional(boolean({ description: "Whether new Freight is promoted without being asked." })),
    autoRollback: optional(
      object(
        {
          onPromotion: optional(outcomes("Failed", "Errored", ROLLBACK_ON_PROMOTION)),
          onVerification: optional(outcomes("Failed", "Error", ROLLBACK_ON_VERIFICATION)),
        },
        { description: "When to go back to the Freight before." },
      ),
    ),
  },
  {
    description: "How Freight is promoted into the Stages it selects.",
    "x-kubernetes-validations": written([ONE_STAGE]),
  },
);

export const ProjectConfig = kindSchema("The settings of one Project.", {
  spec: optional(
    object(
      {
        promotionPolicies: optional(
          array(PromotionPolicy, { description: "How Freight is promoted, Stage by Stage." }),
        ),
        ...configSpecFields,
      },
      { description: "The settings." },
    ),
  ),
  status: optional(ConfigStatus),
});
export type ProjectConfig = ObjectOf<typeof ProjectConfig>;
