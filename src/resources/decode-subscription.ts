// What one entry of `spec.subscriptions` is. The API server does not check these, so anything may stand there:
// an entry that cannot be read is a value with a reason, and harms no other Warehouse. kargo-behaviour.md, section 1.7.
import type { ChartSubscription, GitSubscription, ImageSubscription, RawSubscription } from "./subscription.ts";

export type Subscription =
  | { readonly kind: "image"; readonly image: ImageSubscription; readonly name?: string | undefined }
  | { readonly kind: "chart"; readonly chart: ChartSubscription; readonly name?: string | undefined }
  | { readonly kind: "git"; readonly git: GitSubscription; readonly name?: string | undefined }
  | { readonly kind: "generic"; readonly type: string; readonly name?: string | undefined }
  | { readonly kind: "undecodable"; readonly reason: string };

type FieldType = "string" | "boolean" | "number" | "strings";

const FIELDS: Readonly<Record<string, Readonly<Record<string, FieldType>>>> = {
  image: {
    repoURL: "string",
    imageSelectionStrategy: "string",
    constraint: "string",
    strictSemvers: "boolean",
    allowTagsRegexes: "strings",
    ignoreTagsRegexes: "strings",
    platform: "string",
    discoveryLimit: "number",
  },
  chart: { repoURL: "string", name: "string", semverConstraint: "string", discoveryLimit: "number" },
  git: { repoURL: "string" },
};

/** `index` is its place in the list, for the reason. */
export function decodeSubscription(raw: RawSubscription, index: number): Subscription {
  const types = Object.keys(raw).filter((key) => key !== "name");
  const [type] = types;
  if (type === undefined || types.length > 1) {
    const reason = `subscription at index ${index} must have exactly one top-level field naming its type, apart from an optional "name" field, but has ${types.length}`;
    return { kind: "undecodable", reason };
  }
  const name = typeof raw["name"] === "string" ? raw["name"] : undefined;
  const fields = FIELDS[type];
  if (!fields) return { kind: "generic", type, name };
  const content = raw[type];
  const reason = wrongField(content, fields, `spec.subscriptions[${index}].${type}`);
  if (reason !== undefined) return { kind: "undecodable", reason };
  return { kind: type, [type]: content, name } as Subscription;
}

function wrongField(content: unknown, fields: Readonly<Record<string, FieldType>>, path: string): string | undefined {
  if (typeof content !== "object" || content === null || Array.isArray(content)) return `${path} must be an object`;
  const values = content as Readonly<Record<string, unknown>>;
  if (typeof values["repoURL"] !== "string") return `${path}.repoURL must be a string`;
  const wrong = Object.entries(fields).find(([field, type]) => values[field] != null && !isOfType(values[field], type));
  return wrong && `${path}.${wrong[0]} must be ${wrong[1] === "strings" ? "a list of strings" : `a ${wrong[1]}`}`;
}

function isOfType(value: unknown, type: FieldType): boolean {
  if (type !== "strings") return typeof value === type;
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
