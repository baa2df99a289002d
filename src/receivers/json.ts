// Reads a few strings out of a webhook's JSON as Go's encoding/json does for Kargo: docs/compatibility.md, section 4.1.
// `JSON.parse` will not do: of equal keys it keeps the last, where Go merges them, whatever their case.
import { JSONScanner, type Place } from "./json-scanner.ts";
import { nameKey, unquote } from "./json-string.ts";

/** The fields to read: a string, a list of strings, or an object with fields of its own. Names are lower-case ASCII. */
export interface Shape {
  readonly [field: string]: "string" | "strings" | Shape;
}

/** What was read. A field that is missing or null is `""`, an empty list, an object with nothing in it. */
export type Decoded<S extends Shape> = {
  readonly [Field in keyof S]: S[Field] extends Shape
    ? Decoded<S[Field]>
    : S[Field] extends "strings"
      ? readonly string[]
      : string;
};

/**
 * One pass over the bytes; what nobody asked for is checked and skipped, never built.
 * Throws `InputError`, with the offset in bytes, for whatever Go refuses, a field of another type included.
 */
export function decodeJSON<const S extends Shape>(body: Uint8Array, shape: S): Decoded<S> {
  const result = emptyOf(shape);
  const scanner = new JSONScanner(body);
  scanner.skipSpace();
  readObject(scanner, { into: result, shape, path: "the body" });
  scanner.skipSpace();
  if (!scanner.isAtEnd()) throw scanner.unexpected("the end of the body");
  return result as Decoded<S>;
}

interface Fields {
  [field: string]: string | readonly string[] | Fields;
}

interface Reading {
  readonly into: Fields;
  readonly shape: Shape;
  /** For errors. */
  readonly path: string;
}

function emptyOf(shape: Shape): Fields {
  const fields: Fields = {};
  for (const [field, kind] of Object.entries(shape)) {
    fields[field] = kind === "string" ? "" : kind === "strings" ? [] : emptyOf(kind);
  }
  return fields;
}

/** An object, whose fields join those already there, or null, which changes nothing. */
function readObject(scanner: JSONScanner, reading: Reading): void {
  if (scanner.isNull()) {
    scanner.skipValue();
    return;
  }
  if (!scanner.isObject()) throw scanner.unexpected(`an object for ${reading.path}`);
  for (let key = scanner.enterObject(); key; key = scanner.nextKey()) readField(scanner, reading, key);
}

function readField(scanner: JSONScanner, { into, shape, path }: Reading, key: Place): void {
  const field = nameKey(scanner.bytes, key, shape) ?? "";
  const kind = shape[field];
  if (kind === undefined || scanner.isNull()) {
    scanner.skipValue();
    // Of all kinds, null empties a list alone.
    if (kind === "strings") into[field] = [];
  } else if (kind === "string") {
    into[field] = readString(scanner, `${path}.${field}`);
  } else if (kind === "strings") {
    into[field] = readStrings(scanner, `${path}.${field}`);
  } else {
    readObject(scanner, { into: into[field] as Fields, shape: kind, path: field });
  }
}

function readString(scanner: JSONScanner, path: string): string {
  const place = scanner.string();
  if (!place) throw scanner.unexpected(`a string for ${path}`);
  return unquote(scanner.bytes, place);
}

/** A null in it is an empty string. */
function readStrings(scanner: JSONScanner, path: string): readonly string[] {
  if (!scanner.isList()) throw scanner.unexpected(`a list for ${path}`);
  const strings: string[] = [];
  for (let isThere = scanner.enterList(); isThere; isThere = scanner.nextItem()) {
    const isNull = scanner.isNull();
    if (isNull) scanner.skipValue();
    strings.push(isNull ? "" : readString(scanner, `${path}[${strings.length}]`));
  }
  return strings;
}
