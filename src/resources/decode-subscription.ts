// What one entry of `spec.subscriptions` is. The API server does not check these, so anything may stand there:
// an entry that cannot be read is a value with a reason, and harms no other Warehouse. docs/compatibility.md, section 1.7.
import { normalizeChart } from "../references/chart.ts";
import { normalizeGit } from "../references/git.ts";
import { normalizeImage } from "../references/image.ts";
import { decodeObject } from "./decode-object.ts";
import type { Schema } from "./schema.ts";
import { violationsOf } from "./schema-violations.ts";
import {
  type ChartSubscription,
  GenericSubscription,
  type GitSubscription,
  type ImageSubscription,
  SUBSCRIPTION_SCHEMAS,
} from "./subscription.ts";
import { invalidType, invalidValue, requiredValue, sentenceOf, type Violation } from "./violation.ts";

export type Subscription =
  | { readonly kind: "image"; readonly image: ImageSubscription; readonly name?: string | undefined }
  | { readonly kind: "chart"; readonly chart: ChartSubscription; readonly name?: string | undefined }
  | { readonly kind: "git"; readonly git: GitSubscription; readonly name?: string | undefined }
  | {
      readonly kind: "generic";
      readonly type: string;
      readonly generic: GenericSubscription;
      readonly name?: string | undefined;
    }
  | { readonly kind: "undecodable"; readonly reason: string };

/** A subscription before its fields are judged. */
export interface ReadSubscription {
  /** `image`, `chart`, `git`, or the type of a generic one. */
  readonly type: string;
  readonly name: string;
  readonly content: Fields;
  /** Where the content stands: `spec.subscriptions[0].image`. */
  readonly field: string;
  /** Fields that do not have the type, or one of the values, they must have. */
  readonly violations: readonly Violation[];
}

type Fields = Readonly<Record<string, unknown>>;

/** With the defaults; `index` is its place in the list, for the reason. */
export function decodeSubscription(raw: unknown, index: number): Subscription {
  const read = readSubscription(raw, index);
  if ("reason" in read) return { kind: "undecodable", reason: read.reason };
  const { type, content, field } = read;
  const isNameless = SUBSCRIPTION_SCHEMAS[type] !== undefined && content["repoURL"] === "";
  const violations = isNameless ? [...read.violations, requiredValue(`${field}.repoURL`)] : read.violations;
  if (violations.length > 0) return { kind: "undecodable", reason: sentenceOf(violations) };
  const name = read.name || undefined;
  if (!SUBSCRIPTION_SCHEMAS[type]) return { kind: "generic", type, generic: content, name };
  return { kind: type, [type]: content, name } as Subscription;
}

/** The repository, normalised; empty where nothing can be pushed to it. */
export function subscribedURL(subscription: Subscription): string {
  switch (subscription.kind) {
    case "image":
      return normalizeImage(subscription.image.repoURL);
    case "chart":
      return normalizeChart(subscription.chart.repoURL);
    case "git":
      return normalizeGit(subscription.git.repoURL);
    case "generic":
    case "undecodable":
      return "";
  }
}

/** Fails with a reason where it cannot even be told what the subscription is for. */
export function readSubscription(
  raw: unknown,
  index: number,
): ReadSubscription | { readonly reason: string; readonly violation: Violation } {
  const entry = `spec.subscriptions[${index}]`;
  if (raw !== null && !isFields(raw)) return unreadable(wrongType(entry, raw, "object"));
  const types = Object.keys(raw ?? {}).filter((key) => key !== "name");
  const [type] = types;
  if (type === undefined || types.length > 1) {
    const reason = `subscription at index ${index} must have exactly one top-level field naming its type, apart from an optional "name" field, but has ${types.length}`;
    return { reason, violation: invalidValue(entry, raw, reason) };
  }
  const name = raw?.["name"] ?? "";
  if (typeof name !== "string") return unreadable(wrongType(`${entry}.name`, name, "string"));
  const field = `${entry}.${type}`;
  const given = raw?.[type];
  if (given === null || given === undefined) return unreadable(requiredValue(field));
  if (!isFields(given)) return unreadable(wrongType(field, given, "object"));
  return { type, name, field, ...readContent(type, given, field) };
}

function readContent(type: string, given: Fields, field: string): Pick<ReadSubscription, "content" | "violations"> {
  const schema = SUBSCRIPTION_SCHEMAS[type] ?? GenericSubscription;
  const named = withFieldNames(schema, { ...(schema !== GenericSubscription && { repoURL: "" }), ...given });
  const { object: content } = decodeObject(schema, withSubscriptionDefaults({ [type]: named })[type] as Fields);
  return { content, violations: violationsOf(schema, content, { field, path: field }) };
}

/** The subscription with its defaults, an empty or zero value counting as none; what else stands in it stays. */
export function withSubscriptionDefaults(raw: Fields): Fields {
  const entries = Object.entries(raw).map(([type, content]) => {
    const schema = SUBSCRIPTION_SCHEMAS[type] ?? GenericSubscription;
    if (type === "name" || !isFields(content)) return [type, content] as const;
    const missing = Object.entries(schema.properties ?? {}).filter(
      ([field, { default: standard }]) => standard !== undefined && isUnset(content[field]),
    );
    const defaults = missing.map(([field, { default: standard }]) => [field, standard] as const);
    return [type, { ...content, ...Object.fromEntries(defaults) }] as const;
  });
  return Object.fromEntries(entries);
}

function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === "" || value === 0;
}

/** Kargo reads field names in any letter case. */
function withFieldNames(schema: Schema, content: Fields): Fields {
  const names = Object.keys(schema.properties ?? {});
  const canonical = (key: string) => names.find((name) => name.toLowerCase() === key.toLowerCase()) ?? key;
  return Object.fromEntries(
    Object.entries(content).map(([key, value]) => [names.includes(key) ? key : canonical(key), value]),
  );
}

function unreadable(violation: Violation) {
  return { reason: sentenceOf([violation]), violation };
}

function wrongType(field: string, value: unknown, wanted: string): Violation {
  return invalidType(field, { found: Array.isArray(value) ? "array" : typeof value, wanted, path: field });
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
