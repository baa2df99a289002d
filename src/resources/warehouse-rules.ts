// The defaults and rules of Kargo's Warehouse webhooks: docs/compatibility.md, section 10. The embedded API
// admits by them; on a cluster without those webhooks the Warehouse controller applies the defaults and reports faults.
import { readSubscription, withSubscriptionDefaults } from "./decode-subscription.ts";
import { SHARD_LABEL } from "./kargo.ts";
import { dnsLabelFaults } from "./names.ts";
import { SUBSCRIPTION_SCHEMAS } from "./subscription.ts";
import { subscriptionViolations } from "./subscription-rules.ts";
import { invalidValue, requiredValue, sentenceOf, type Violation } from "./violation.ts";
import type { Warehouse } from "./warehouse.ts";

/** The shard label follows `spec.shard`, and goes where there is none; subscriptions get what they leave out. */
export function withWarehouseDefaults<W extends Pick<Warehouse, "metadata" | "spec">>(warehouse: W): W {
  const { metadata, spec } = warehouse;
  const { [SHARD_LABEL]: _shard, ...others } = metadata.labels ?? {};
  const labels = spec.shard ? { ...others, [SHARD_LABEL]: spec.shard } : others;
  const hasLabels = metadata.labels !== undefined || spec.shard;
  const subscriptions = spec.subscriptions.map((raw: unknown) => (isFields(raw) ? withSubscriptionDefaults(raw) : raw));
  return {
    ...warehouse,
    metadata: { ...metadata, ...(hasLabels && { labels }) },
    spec: { ...spec, subscriptions },
  };
}

/** Of a Warehouse that fits its schema. */
export function warehouseViolations(warehouse: Pick<Warehouse, "spec">): readonly Violation[] {
  return violationsBySubscription(warehouse).flat();
}

/** Why a controller cannot use a subscription, in one sentence by its place in the list; those it can use are absent. */
export function subscriptionFaults(warehouse: Pick<Warehouse, "spec">): ReadonlyMap<number, string> {
  const faults = violationsBySubscription(warehouse).map((violations, place) => [place, violations] as const);
  return new Map(
    faults.flatMap(([place, violations]) => (violations.length > 0 ? [[place, sentenceOf(violations)] as const] : [])),
  );
}

function violationsBySubscription({ spec }: Pick<Warehouse, "spec">): readonly (readonly Violation[])[] {
  const firstAt = new Map<string, string>();
  const names = new Map<string, string>();
  return spec.subscriptions.map((raw, index) => {
    const read = readSubscription(raw, index);
    if ("reason" in read) return [read.violation];
    const field = `spec.subscriptions[${index}].name`;
    const isGeneric = SUBSCRIPTION_SCHEMAS[read.type] === undefined;
    return [...subscriptionViolations(read, firstAt), ...nameViolations({ ...read, field, isGeneric }, names)];
  });
}

function nameViolations(
  { name, field, isGeneric }: { readonly name: string; readonly field: string; readonly isGeneric: boolean },
  names: Map<string, string>,
): readonly Violation[] {
  if (name === "") {
    return isGeneric ? [requiredValue(field, "a name is required for subscriptions of this type")] : [];
  }
  const faults = dnsLabelFaults(name).map((fault) => invalidValue(field, name, fault));
  const earlier = names.get(name);
  if (earlier === undefined) {
    names.set(name, field);
    return faults;
  }
  return [
    ...faults,
    invalidValue(field, name, `subscription name ${JSON.stringify(name)} already used at "${earlier}"`),
  ];
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
