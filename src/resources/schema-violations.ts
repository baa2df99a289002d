// What a Kubernetes API server says of an object that does not fit its CRD, word for word; the tables of the test were
// got from a real one. One string or number gets one complaint, the first that applies.
import { fieldSchema, type Schema } from "./schema.ts";
import { holdsOf } from "./validation-rules.ts";
import {
  duplicateValue,
  invalidType,
  invalidValue,
  requiredValue,
  tooLong,
  tooMany,
  unsupportedValue,
  type Violation,
} from "./violation.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Where a value stands: `field` in the object, and `path` as messages name it. */
interface Place {
  readonly field: string;
  readonly path: string;
}

/** Of a decoded object, but for its metadata and status, which other writes and rules are for. */
export function specViolations(schema: Schema, object: Fields): readonly Violation[] {
  const own = ({ metadata: _metadata, status: _status, ...rest }: Fields) => rest;
  const properties = own(schema.properties ?? {}) as Readonly<Record<string, Schema>>;
  return violationsOf({ ...schema, properties }, own(object), { field: "", path: "" });
}

/** Of the status of a decoded object; messages name paths inside it. */
export function statusViolations(schema: Schema, object: Fields): readonly Violation[] {
  const status = schema.properties?.["status"];
  if (!status || object["status"] === undefined) return [];
  return violationsOf(status, object["status"], { field: "status", path: "" });
}

/** Of a value that stands at `field`, and every rule of the schema that can be checked on it. */
export function violationsOf(schema: Schema, value: unknown, place: Place): readonly Violation[] {
  const structural = walk(schema, value, place);
  if (!structural.some(isBlocking)) return [...structural, ...ruleViolations(schema, value, place.field)];
  return hasRules(schema) ? [...structural, rulesNotChecked()] : structural;
}

function walk(schema: Schema, value: unknown, place: Place): readonly Violation[] {
  if (value === null && schema.nullable) return [];
  const found = typeOf(value);
  const isWrongType = schema.type !== undefined && found !== schema.type;
  return [
    ...(isWrongType && schema.type ? [wrongType(schema, schema.type, value, place)] : []),
    ...enumViolations(schema, value, place),
    ...(isWrongType ? [] : contentViolations(schema, value, place)),
  ];
}

function wrongType({ format }: Schema, type: string, value: unknown, { field, path }: Place): Violation {
  const isFormatted = format !== undefined && typeof value === "number";
  const found = isFormatted ? (Number.isInteger(value) ? "int64" : "float64") : typeOf(value);
  return invalidType(field, { found, wanted: isFormatted ? format : type, path });
}

function enumViolations(schema: Schema, value: unknown, { field }: Place): readonly Violation[] {
  if (!schema.enum || schema.enum.includes(value as string)) return [];
  return [unsupportedValue(field, value, schema.enum)];
}

function contentViolations(schema: Schema, value: unknown, place: Place): readonly Violation[] {
  if (typeof value === "string") return first(textViolation(schema, value, place));
  if (typeof value === "number") return first(numberViolation(schema, value, place));
  if (Array.isArray(value)) return listViolations(schema, value, place);
  if (typeof value === "object" && value !== null) return fieldViolations(schema, value as Fields, place);
  return [];
}

function first(violation: Violation | undefined): readonly Violation[] {
  return violation ? [violation] : [];
}

function textViolation(schema: Schema, text: string, { field, path }: Place): Violation | undefined {
  const { maxLength, minLength, pattern, format } = schema;
  const length = [...text].length;
  if (maxLength !== undefined && length > maxLength) return tooLong(field, maxLength);
  if (minLength !== undefined && length < minLength) {
    return invalidValue(field, text, `${path} in body should be at least ${minLength} chars long`);
  }
  if (pattern !== undefined && !new RegExp(pattern).test(text)) {
    return invalidValue(field, text, `${path} in body should match '${pattern}'`);
  }
  if (format !== undefined && !isOfFormat(format, text)) {
    return invalidType(field, { found: text, wanted: format, path });
  }
  return undefined;
}

function isOfFormat(format: string, text: string): boolean {
  switch (format) {
    case "date-time":
      return /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d([.,]\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text) && isDate(text);
    case "email":
      return /^([^<>]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/.test(text);
    default:
      return true;
  }
}

function isDate(text: string): boolean {
  return !Number.isNaN(Date.parse(text.replace(",", ".").replace(" ", "T").toUpperCase()));
}

function numberViolation({ minimum, maximum }: Schema, value: number, { field, path }: Place): Violation | undefined {
  if (minimum !== undefined && value < minimum) {
    return invalidValue(field, value, `${path} in body should be greater than or equal to ${minimum}`);
  }
  if (maximum !== undefined && value > maximum) {
    return invalidValue(field, value, `${path} in body should be less than or equal to ${maximum}`);
  }
  return undefined;
}

function listViolations(schema: Schema, list: readonly unknown[], place: Place): readonly Violation[] {
  const { minItems, maxItems, items } = schema;
  const { field, path } = place;
  const size: Violation[] = [];
  if (minItems !== undefined && list.length < minItems) {
    size.push(invalidValue(field, list.length, `${path} in body should have at least ${minItems} items`));
  }
  if (maxItems !== undefined && list.length > maxItems) size.push(tooMany(field, list.length, maxItems));
  const each = list.flatMap((item, index) => (items ? walk(items, item, inside(place, `[${index}]`)) : []));
  return [...size, ...each, ...duplicates(schema, list, field)];
}

/** Items of a set, and the keys of a list that is a map, stand once. */
function duplicates(schema: Schema, list: readonly unknown[], field: string): readonly Violation[] {
  const listType = schema["x-kubernetes-list-type"];
  if (listType !== "map" && listType !== "set") return [];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const keyOf = (item: unknown) =>
    listType === "set" ? item : Object.fromEntries(keys.map((key) => [key, (item as Fields | null)?.[key]]));
  const seen = new Set<string>();
  return list.flatMap((item, index) => {
    const key = keyOf(item);
    const text = JSON.stringify(key);
    if (seen.has(text)) return [duplicateValue(`${field}[${index}]`, key)];
    seen.add(text);
    return [];
  });
}

function fieldViolations(schema: Schema, fields: Fields, place: Place): readonly Violation[] {
  const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(fields, name));
  const each = Object.entries(fields).flatMap(([name, value]) => {
    const known = fieldSchema(schema, name);
    return known ? walk(known, value, inside(place, `.${name}`)) : [];
  });
  return [...missing.map((name) => requiredValue(inside(place, `.${name}`).field)), ...each];
}

/** The rules written in CEL, of this schema and all inside it. */
function ruleViolations(schema: Schema, value: unknown, field: string): readonly Violation[] {
  const own = (schema["x-kubernetes-validations"] ?? [])
    .filter(({ rule }) => !holdsOf(rule)(value))
    .map(({ message }): Violation => ({ field, reason: "FieldValueInvalid", message: `Invalid value: ${message}` }));
  return [
    ...own,
    ...children(schema, value).flatMap(([child, content, step]) =>
      ruleViolations(child, content, inside({ field, path: "" }, step).field),
    ),
  ];
}

function children(schema: Schema, value: unknown): readonly (readonly [Schema, unknown, step: string])[] {
  const { items } = schema;
  if (Array.isArray(value)) return items ? value.map((item, index) => [items, item, `[${index}]`] as const) : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, content]) => {
    const child = fieldSchema(schema, name);
    return child ? [[child, content, `.${name}`] as const] : [];
  });
}

function hasRules({ items, properties = {}, ...schema }: Schema): boolean {
  if (schema["x-kubernetes-validations"]) return true;
  return (items !== undefined && hasRules(items)) || Object.values(properties).some(hasRules);
}

/** What keeps the rules from being checked: they may rely on it. */
function isBlocking({ reason }: Violation): boolean {
  return ["FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany", "FieldValueTypeInvalid"].includes(reason);
}

function rulesNotChecked(): Violation {
  const detail =
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
  return invalidValue("<nil>", null, detail);
}

function inside({ field, path }: Place, step: string): Place {
  const join = (base: string) => (base === "" && step.startsWith(".") ? step.slice(1) : base + step);
  return { field: join(field), path: join(path) };
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}
