// What the schemas of our kinds are written with: TypeBox, whose values are JSON Schema. From each of them come the
// TypeScript type, the CRD in `deploy/crds`, the OpenAPI document and the check of what users write.
import { type Static, type TSchema, type TSchemaOptions, Type } from "typebox";

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

/** The type a schema describes, read-only all the way down. */
export type Shape<S extends TSchema> = Immutable<Static<S>>;

type Immutable<T> = T extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Immutable<T[Key]> }
    : T;

/** A string that is one of `values`. */
export function oneOf<const Values extends string[]>(values: readonly [...Values], options?: TSchemaOptions) {
  return Type.Enum(values, { type: "string", ...options });
}

/** An object with any keys, whose values all have one schema. */
export function mapOf<S extends TSchema>(values: S, options?: TSchemaOptions) {
  return Type.Unsafe<Record<string, Static<S>>>({ type: "object", additionalProperties: values, ...options });
}

/** Any JSON, stored as it comes. */
export function anything<T = unknown>(options?: TSchemaOptions) {
  return Type.Unsafe<T>({ "x-kubernetes-preserve-unknown-fields": true, ...options });
}

/** An RFC 3339 time. */
export function time(options?: TSchemaOptions) {
  return Type.String({ format: "date-time", ...options });
}

/** A 64-bit integer; what we count stays below 2^53. */
export function int64(options?: TSchemaOptions) {
  return Type.Integer({ format: "int64", ...options });
}

/** TypeBox's values are JSON Schema; what our files write with them keeps to the structural subset. */
export function structural(schema: TSchema): Schema {
  return schema as Schema;
}

/** The schema of one field of an object; undefined where there may be no such field. */
export function fieldSchema({ properties, additionalProperties }: Schema, name: string): Schema | undefined {
  return properties && Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
}
