// Defaults and checks that Kargo's webhooks and the API server apply when an object is written: kargo-behaviour.md,
// sections 1.7 and 10, as far as they stand yet.
import { type Random, toKubeTime } from "../clock.ts";
import { SECRETS } from "../resources/core.ts";
import { FREIGHTS } from "../resources/freight.ts";
import { ALIAS_LABEL } from "../resources/kargo.ts";
import { PROJECT_CONFIGS } from "../resources/project-config.ts";
import type { Resource } from "../resources/resource.ts";
import { WAREHOUSES } from "../resources/warehouse.ts";
import { invalid, StatusError } from "./statuses.ts";
import type { StoredObject } from "./store.ts";

type Fields = Readonly<Record<string, unknown>>;
type Violation = readonly [field: string, text: string];

const SUBSCRIPTION_DEFAULTS: Readonly<Record<string, Fields>> = {
  image: { imageSelectionStrategy: "SemVer", strictSemvers: true, discoveryLimit: 20 },
  git: { commitSelectionStrategy: "NewestFromBranch", strictSemvers: true, discoveryLimit: 20 },
  chart: { discoveryLimit: 20 },
};
const INTERVAL = "^([0-9]+(\\.[0-9]+)?(s|m|h))+$";
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** The object with its defaults; throws `StatusError` when it is refused. */
export function admit(
  resource: Resource,
  object: StoredObject,
  surroundings: { random: Random; nowMs: number },
): StoredObject {
  const { name } = object.metadata;
  const defaulted = withDefaults(resource, object, surroundings);
  const violations = [...nameViolations(name), ...violationsOf(resource, defaulted)];
  if (violations.length > 0) throw invalid(resource, name ?? "", violations);
  return defaulted;
}

function withDefaults(
  resource: Resource,
  object: StoredObject,
  { random, nowMs }: { random: Random; nowMs: number },
): StoredObject {
  if (resource === WAREHOUSES) return withWarehouseDefaults(object);
  if (resource === SECRETS) return withSecretDefaults(object);
  if (resource === FREIGHTS) return withFreightDefaults(object, random, nowMs);
  return object;
}

function withWarehouseDefaults(object: StoredObject): StoredObject {
  const { spec } = object;
  if (!spec) return object;
  const given = spec["subscriptions"];
  const subscriptions = Array.isArray(given) ? { subscriptions: given.map(withSubscriptionDefaults) } : {};
  return { ...object, spec: { interval: "5m0s", freightCreationPolicy: "Automatic", ...spec, ...subscriptions } };
}

function withSubscriptionDefaults(subscription: unknown): unknown {
  if (typeof subscription !== "object" || subscription === null) return subscription;
  const entries = Object.entries(subscription).map(([key, content]) => {
    const defaults = SUBSCRIPTION_DEFAULTS[key];
    return [key, defaults && typeof content === "object" ? { ...defaults, ...content } : content] as const;
  });
  return Object.fromEntries(entries);
}

function withSecretDefaults(object: StoredObject): StoredObject {
  const { stringData, ...kept } = object;
  const texts = Object.entries((stringData as Record<string, string> | undefined) ?? {});
  const data = { ...(object["data"] as Fields | undefined) };
  for (const [key, text] of texts) data[key] = Buffer.from(text).toString("base64");
  const bad = Object.values(data).find(
    (value) => typeof value !== "string" || !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(value),
  );
  if (bad !== undefined)
    throw new StatusError(
      400,
      "BadRequest",
      'Secret in version "v1" cannot be handled as a Secret: illegal base64 data',
    );
  return { ...kept, type: object["type"] || "Opaque", ...(Object.keys(data).length > 0 && { data }) };
}

const DESCRIPTORS = [
  "able",
  "brave",
  "calm",
  "clever",
  "daring",
  "eager",
  "fair",
  "gentle",
  "happy",
  "keen",
  "kind",
  "lively",
  "merry",
  "nimble",
  "proud",
  "quick",
  "quiet",
  "sharp",
  "steady",
  "sunny",
  "swift",
  "tidy",
  "warm",
  "wise",
];
const ANIMALS = [
  "badger",
  "beaver",
  "bison",
  "crane",
  "deer",
  "dolphin",
  "eagle",
  "falcon",
  "ferret",
  "finch",
  "fox",
  "gull",
  "hare",
  "heron",
  "ibex",
  "lark",
  "lynx",
  "marten",
  "otter",
  "owl",
  "panda",
  "raven",
  "seal",
  "wren",
];

function withFreightDefaults(object: StoredObject, random: Random, nowMs: number): StoredObject {
  const pick = (words: readonly string[]) => words[Math.floor(random.fraction() * words.length)] ?? "";
  const alias = object["alias"] || object.metadata.labels?.[ALIAS_LABEL] || `${pick(DESCRIPTORS)}-${pick(ANIMALS)}`;
  const labels = { ...object.metadata.labels, [ALIAS_LABEL]: String(alias) };
  const discoveredAt = object["discoveredAt"] ?? object.metadata.creationTimestamp ?? toKubeTime(nowMs);
  return { ...object, alias, discoveredAt, metadata: { ...object.metadata, labels } };
}

function nameViolations(name: string | undefined): readonly Violation[] {
  if (!name) return [["metadata.name", "Required value: name or generateName is required"]];
  if (NAME.test(name) && name.length <= 253) return [];
  const rule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
  return [["metadata.name", `Invalid value: "${name}": ${rule}`]];
}

function violationsOf(resource: Resource, object: StoredObject): readonly Violation[] {
  if (resource === WAREHOUSES) return warehouseViolations(object);
  if (resource === PROJECT_CONFIGS) return receiverViolations(object);
  return [];
}

function warehouseViolations({ spec }: StoredObject): readonly Violation[] {
  if (!spec) return [["spec", "Required value"]];
  const { subscriptions, interval } = spec;
  const violations: Violation[] = [];
  if (subscriptions === undefined) violations.push(["spec.subscriptions", "Required value"]);
  else if (!Array.isArray(subscriptions))
    violations.push(["spec.subscriptions", "Invalid value: spec.subscriptions in body must be of type array"]);
  else if (subscriptions.length === 0)
    violations.push([
      "spec.subscriptions",
      "Invalid value: 0: spec.subscriptions in body should have at least 1 items",
    ]);
  if (!new RegExp(INTERVAL).test(String(interval))) {
    violations.push([
      "spec.interval",
      `Invalid value: "${interval}": spec.interval in body should match '${INTERVAL}'`,
    ]);
  }
  return violations;
}

function receiverViolations({ spec }: StoredObject): readonly Violation[] {
  const receivers = (spec?.["webhookReceivers"] as readonly Fields[] | undefined) ?? [];
  return receivers.flatMap(({ name }, index): Violation[] => {
    const first = receivers.findIndex((one) => one["name"] === name);
    if (first === index) return [];
    const text = `Invalid value: "${name}": webhook receiver name already defined at spec.webhookReceivers[${first}]`;
    return [[`spec.webhookReceivers[${index}].name`, text]];
  });
}
