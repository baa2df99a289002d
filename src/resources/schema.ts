// What the schemas of our kinds are written with: plain JSON Schema that also is a TypeScript type. From each of them
// come the type, the CRD in `deploy/crds`, the OpenAPI document and the check of what users write.

/** A structural schema: the subset of JSON Schema that CRDs have, with the `x-kubernetes-` extensions we use. */
export interface Schema {
  readonly type?: "array" | "boolean" | "integer" | "object" | "string";
  readonly description?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly required?: readonly string[];
  readonly "x-kubernetes-list-type"?: "atomic" | "map" | "set";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: "atomic";
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-validations"?: readonly { readonly rule: string; readonly message: string }[];
}

/** Present in types alone. */
declare const shape: unique symbol;

/** A schema whose values are `T`, read-only all the way down. */
export interface Typed<T> extends Schema {
  readonly [shape]?: T;
}

/** The type a schema describes. */
export type Shape<S> = S extends Typed<infer T> ? T : never;

/** A field that may be absent. */
interface Optional<T> {
  readonly optional: Typed<T>;
}

export type Fields = Readonly<Record<string, Typed<unknown> | Optional<unknown>>>;

type FieldsShape<F extends Fields> = Flat<
  { readonly [K in keyof F as F[K] extends Optional<unknown> ? never : K]: Shape<F[K]> } & {
    readonly [K in keyof F as F[K] extends Optional<unknown> ? K : never]?: F[K] extends Optional<infer T> ? T : never;
  }
>;

/** One object type instead of an intersection, for people who read it in an editor. */
type Flat<T> = { [K in keyof T]: T[K] };

type Options = Omit<Schema, "type" | "properties" | "required" | "items" | "additionalProperties" | "enum">;

export function string(options?: Options): Typed<string> {
  return { type: "string", ...options };
}

export function boolean(options?: Options): Typed<boolean> {
  return { type: "boolean", ...options };
}

export function integer(options?: Options): Typed<number> {
  return { type: "integer", ...options };
}

/** A 64-bit integer; what we count stays below 2^53. */
export function int64(options?: Options): Typed<number> {
  return integer({ format: "int64", ...options });
}

/** An RFC 3339 time. */
export function time(options?: Options): Typed<string> {
  return string({ format: "date-time", ...options });
}

/** A string that is one of `values`. */
export function oneOf<const Values extends readonly string[]>(
  values: Values,
  options?: Options,
): Typed<Values[number]> {
  return { type: "string", enum: values, ...options };
}

export function array<T>(items: Typed<T>, options?: Options): Typed<readonly T[]> {
  return { type: "array", items, ...options };
}

/** An object with any keys, whose values all have one schema. */
export function mapOf<T>(values: Typed<T>, options?: Options): Typed<Readonly<Record<string, T>>> {
  return { type: "object", additionalProperties: values, ...options };
}

/** Any JSON, stored as it comes. */
export function anything<T = unknown>(options?: Options & Pick<Schema, "type">): Typed<T> {
  return { "x-kubernetes-preserve-unknown-fields": true, ...options };
}

/** A field that may be absent from its object. */
export function optional<T>(schema: Typed<T>): Optional<T> {
  return { optional: schema };
}

export function object<F extends Fields>(fields: F, options?: Options): Typed<FieldsShape<F>> {
  const entries = Object.entries(fields);
  const properties = entries.map(([name, field]) => [name, "optional" in field ? field.optional : field] as const);
  const required = entries.flatMap(([name, field]) => ("optional" in field ? [] : [name]));
  return {
    type: "object",
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(properties),
    ...options,
  };
}

/** The schema of one field of an object; undefined where there may be no such field. */
export function fieldSchema({ properties, additionalProperties }: Schema, name: string): Schema | undefined {
  return properties && Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
}
