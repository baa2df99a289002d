// What an API server does to an object before it judges it: takes out the fields the schema does not know (and names
// them), drops nulls, fills in defaults.
import { fieldSchema, type Schema } from "./schema.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface DecodedObject<T> {
  readonly object: T;
  /** Paths of what was taken out: those of the metadata first, each part sorted. */
  readonly unknownFields: readonly string[];
}

/** `schema` is that of the whole kind. The object given is not changed. */
export function decodeObject<T extends object>(schema: Schema, object: T): DecodedObject<T> {
  const unknown: string[] = [];
  const known = prune(schema, object, { path: "", unknown });
  const decoded = withDefaults(schema, withoutNulls(schema, known)) as T;
  return { object: decoded, unknownFields: unknown.sort(metadataFirst) };
}

interface Pruning {
  readonly path: string;
  /** Collects what is taken out. */
  readonly unknown: string[];
}

function prune(schema: Schema, value: unknown, { path, unknown }: Pruning): unknown {
  if (schema["x-kubernetes-preserve-unknown-fields"]) return value;
  if (Array.isArray(value)) {
    return value.map((item, index) => prune(schema.items ?? {}, item, { path: `${path}[${index}]`, unknown }));
  }
  return mapFields(value, (key, content) => {
    const field = path === "" ? key : `${path}.${key}`;
    const known = fieldSchema(schema, key);
    if (!known) unknown.push(field);
    return known ? [key, prune(known, content, { path: field, unknown })] : undefined;
  });
}

/** A null stands for a value that is absent, except where any JSON may stand, in a list, and where it is allowed. */
function withoutNulls(schema: Schema, value: unknown): unknown {
  const { items } = schema;
  if (Array.isArray(value)) return items ? value.map((item) => withoutNulls(items, item)) : value;
  return mapFields(value, (key, content) => {
    const known = fieldSchema(schema, key);
    if (!known) return [key, content];
    const isKept = content !== null || known.nullable || known["x-kubernetes-preserve-unknown-fields"];
    return isKept ? [key, withoutNulls(known, content)] : undefined;
  });
}

/** Defaults stand only where their parent does. */
function withDefaults(schema: Schema, value: unknown): unknown {
  const { items, properties = {} } = schema;
  if (Array.isArray(value)) return items ? value.map((item) => withDefaults(items, item)) : value;
  const filled = mapFields(value, (key, content) => {
    const known = fieldSchema(schema, key);
    return [key, known ? withDefaults(known, content) : content];
  });
  if (!isFields(filled)) return filled;
  const missing = Object.entries(properties).filter(
    ([key, { default: standard }]) => standard !== undefined && !Object.hasOwn(filled, key),
  );
  return { ...filled, ...Object.fromEntries(missing.map(([key, { default: standard }]) => [key, standard])) };
}

/** An object with each field as `change` gives it back, or without it; anything else as it is. */
function mapFields(
  value: unknown,
  change: (key: string, content: unknown) => readonly [string, unknown] | undefined,
): unknown {
  if (!isFields(value)) return value;
  const entries = Object.entries(value).map(([key, content]) => change(key, content));
  return Object.fromEntries(entries.filter((entry) => entry !== undefined));
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function metadataFirst(a: string, b: string): number {
  const [first, second] = [a, b].map((path) => (path.startsWith("metadata.") ? 0 : 1)) as [number, number];
  return first - second || Buffer.compare(Buffer.from(a), Buffer.from(b));
}
