// The rules of Kargo's webhooks for ProjectConfig and ClusterConfig: docs/compatibility.md, section 10.
import { RE2JS } from "re2js";
import { messageOf } from "../errors.ts";
import { CLUSTER_CONFIG_NAME, type ClusterConfig } from "./cluster-config.ts";
import type { Config } from "./config.ts";
import type { ProjectConfig } from "./project-config.ts";
import { receiverViolations } from "./receiver-rules.ts";
import { invalidValue, type Violation } from "./violation.ts";

const POLICIES = "spec.promotionPolicies";

/** Of a new one. Where no webhook refuses it, there is one of another name, which counts for nothing. */
export function configNameViolations({ metadata: { name, namespace } }: Config): readonly Violation[] {
  if (name === (namespace ?? CLUSTER_CONFIG_NAME)) return [];
  const rule = namespace === undefined ? `must be "${CLUSTER_CONFIG_NAME}"` : `must match project name "${namespace}"`;
  return [invalidValue("metadata.name", name, `name "${name}" ${rule}`)];
}

export function projectConfigViolations({ spec = {} }: ProjectConfig): readonly Violation[] {
  const { promotionPolicies = [], webhookReceivers } = spec;
  return [...policyViolations(promotionPolicies), ...receiverViolations(webhookReceivers)];
}

export function clusterConfigViolations({ spec = {} }: ClusterConfig): readonly Violation[] {
  return receiverViolations(spec.webhookReceivers);
}

type PromotionPolicies = NonNullable<NonNullable<ProjectConfig["spec"]>["promotionPolicies"]>;

/** A Stage that is named, not selected by a pattern, has one policy. */
function policyViolations(policies: PromotionPolicies): readonly Violation[] {
  const firstAt = new Map<string, number>();
  return policies.flatMap(({ stage: deprecated, stageSelector }, index) => {
    const stage = stageSelector ? stageSelector.name : deprecated;
    if (!stage) return [];
    if (stage.includes(":")) return patternViolations(stage, `${POLICIES}[${index}].stageSelector.name`);
    const first = firstAt.get(stage);
    firstAt.set(stage, first ?? index);
    if (first === undefined) return [];
    return [invalidValue(`${POLICIES}[${index}]`, stage, `stage name already defined at ${POLICIES}[${first}]`)];
  });
}

function patternViolations(text: string, field: string): readonly Violation[] {
  const [identifier = "", ...rest] = text.split(":");
  switch (identifier) {
    case "glob":
      return [];
    case "regex":
    case "regexp":
      return regexViolations(text, rest.join(":"), field);
    default: {
      const rule = `invalid pattern identifier "${identifier}": must be "regex", "regexp" or "glob"`;
      return [invalidValue(field, text, rule)];
    }
  }
}

function regexViolations(text: string, pattern: string, field: string): readonly Violation[] {
  try {
    RE2JS.compile(pattern);
    return [];
  } catch (error) {
    return [invalidValue(field, text, messageOf(error))];
  }
}
