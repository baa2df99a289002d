// The fields of one object in a kubeconfig file, with the place they stand at, so that an error can name it.
import { dirname, resolve } from "node:path";
import { loadAll } from "js-yaml";
import { InputError, messageOf } from "../errors.ts";
import type { TextSource } from "./access.ts";

export interface Fields {
  /** Empty when absent. Throws `InputError`, like all of these, for a value of another type. */
  text(name: string): string;
  /** Throws `InputError` when absent. */
  required(name: string): string;
  flag(name: string): boolean;
  /** Absolute: relative ones are taken from the file's folder. Empty when absent. */
  path(name: string): string;
  /** `<name>-data` (base64) before `<name>` (a path), as kubectl does. */
  source(name: string): TextSource | undefined;
  /** Without fields when absent. */
  object(name: string): Fields;
  list(name: string): readonly Fields[];
  texts(name: string): readonly string[];
  has(name: string): boolean;
  raw(name: string): unknown;
  /** The error that says what is wrong with a field, and where it stands. */
  wrong(name: string, what: string): InputError;
}

/** The fields of a whole file, YAML or JSON. */
export function fieldsOf({ path, text }: { readonly path: string; readonly text: string }): Fields {
  let document: unknown;
  try {
    [document] = loadAll(text);
  } catch (error) {
    throw new InputError(`${path}: not YAML: ${messageOf(error)}`, error);
  }
  return fieldsAt(document ?? {}, { path, at: "" });
}

interface Place {
  readonly path: string;
  /** Like `users[0].user`. */
  readonly at: string;
}

function fieldsAt(value: unknown, place: Place): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InputError(`${place.path}: ${place.at || "the file"} must be an object`);
  return new PlacedFields(value as Readonly<Record<string, unknown>>, place);
}

class PlacedFields implements Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #place: Place;

  constructor(values: Readonly<Record<string, unknown>>, place: Place) {
    this.#values = values;
    this.#place = place;
  }

  text(name: string): string {
    const value = this.#values[name] ?? "";
    if (typeof value !== "string") throw this.wrong(name, "must be a string");
    return value;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === "") throw this.wrong(name, "is missing");
    return value;
  }

  flag(name: string): boolean {
    const value = this.#values[name] ?? false;
    if (typeof value !== "boolean") throw this.wrong(name, "must be true or false");
    return value;
  }

  path(name: string): string {
    const value = this.text(name);
    return value === "" ? "" : resolve(dirname(this.#place.path), value);
  }

  source(name: string): TextSource | undefined {
    const encoded = this.text(`${name}-data`);
    if (encoded !== "") return { kind: "text", text: Buffer.from(encoded, "base64").toString() };
    return this.text(name) === "" ? undefined : { kind: "file", path: this.path(name) };
  }

  object(name: string): Fields {
    return fieldsAt(this.#values[name] ?? {}, this.#placeOf(name));
  }

  list(name: string): readonly Fields[] {
    return this.#array(name).map((value, index) => fieldsAt(value, this.#placeOf(`${name}[${index}]`)));
  }

  texts(name: string): readonly string[] {
    return this.#array(name).map((value, index) => {
      if (typeof value !== "string") throw this.wrong(`${name}[${index}]`, "must be a string");
      return value;
    });
  }

  has(name: string): boolean {
    return (this.#values[name] ?? undefined) !== undefined;
  }

  raw(name: string): unknown {
    return this.#values[name];
  }

  wrong(name: string, what: string): InputError {
    const { path, at } = this.#placeOf(name);
    return new InputError(`${path}: ${at} ${what}`);
  }

  #array(name: string): readonly unknown[] {
    const value = this.#values[name] ?? [];
    if (!Array.isArray(value)) throw this.wrong(name, "must be a list");
    return value;
  }

  #placeOf(name: string): Place {
    return { path: this.#place.path, at: this.#place.at === "" ? name : `${this.#place.at}.${name}` };
  }
}
