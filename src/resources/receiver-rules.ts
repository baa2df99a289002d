// What Kargo's webhooks ask of the webhook receivers in a ProjectConfig or ClusterConfig: docs/compatibility.md, section
// 10.
import { forbiddenValue, invalidValue, type Violation } from "./violation.ts";
import type { WebhookReceiverConfig } from "./webhook-receiver.ts";

/** The types by their names in messages, in the order Kargo lists them. Harbor is not counted: neither does Kargo. */
const COUNTED_TYPES = [
  ["bitbucket", "Bitbucket"],
  ["dockerhub", "DockerHub"],
  ["github", "GitHub"],
  ["gitlab", "GitLab"],
  ["quay", "Quay"],
  ["artifactory", "Artifactory"],
  ["azure", "Azure"],
  ["gitea", "Gitea"],
  ["generic", "Generic"],
] as const;

type Actions = NonNullable<NonNullable<WebhookReceiverConfig["generic"]>["actions"]>;
type Criteria = NonNullable<Actions[number]["targetSelectionCriteria"]>[number];

const FIELD = "spec.webhookReceivers";

export function receiverViolations(receivers: readonly WebhookReceiverConfig[] = []): readonly Violation[] {
  return [...nameViolations(receivers), ...receivers.flatMap(typeViolations), ...receivers.flatMap(targetViolations)];
}

function nameViolations(receivers: readonly WebhookReceiverConfig[]): readonly Violation[] {
  return receivers.flatMap(({ name }, index) => {
    const first = receivers.findIndex((one) => one.name === name);
    if (first === index) return [];
    return [
      invalidValue(`${FIELD}[${index}].name`, name, `webhook receiver name already defined at ${FIELD}[${first}]`),
    ];
  });
}

function typeViolations(receiver: WebhookReceiverConfig, index: number): readonly Violation[] {
  const types = COUNTED_TYPES.filter(([type]) => receiver[type] !== undefined).map(([, name]) => name);
  if (types.length <= 1) return [];
  const found = `found ${types.length}: [${types.join(" ")}]`;
  return [forbiddenValue(`${FIELD}[${index}]`, `cannot define a receiver that is of more than one type, ${found}`)];
}

function targetViolations({ generic }: WebhookReceiverConfig, index: number): readonly Violation[] {
  return (generic?.actions ?? []).flatMap(({ targetSelectionCriteria = [] }, action) =>
    targetSelectionCriteria.flatMap((criteria, target) => {
      if (selectsAnything(criteria)) return [];
      const field = `${FIELD}[${index}].generic.actions[${action}].targetSelectionCriteria[${target}]`;
      const rule = "at least one of name, labelSelector, or indexSelector must be specified for target";
      return [invalidValue(field, criteria, rule)];
    }),
  );
}

function selectsAnything({ name, labelSelector = {}, indexSelector = {} }: Criteria): boolean {
  const { matchLabels = {}, matchExpressions = [] } = labelSelector;
  const { matchIndices = [] } = indexSelector;
  return Boolean(name) || Object.keys(matchLabels).length + matchExpressions.length + matchIndices.length > 0;
}
