// Reads the body of a write: which media types, how much, JSON or YAML, and keys that stand twice.
import { JSON_SCHEMA, load, YAMLException } from "js-yaml";
import { messageOf } from "../errors.ts";
import { BodyTooLargeError, type HttpRequest, readBody } from "../http/message.ts";
import { duplicateKeys } from "./duplicate-keys.ts";
import { decodeProtobuf, PROTOBUF } from "./protobuf.ts";
import { StatusError } from "./statuses.ts";

export interface RequestBody {
  readonly value: unknown;
  /** What a strict reader refuses: keys that stand twice. Of each the last counts. */
  readonly complaints: readonly string[];
}

/** As much as a real API server takes. */
const MAX_BODY_BYTES = 3_145_728;
const JSON_TYPE = "application/json";
const YAML_TYPE = "application/yaml";

/** The media type without its parameters; JSON where none is named. */
export function mediaTypeOf({ headers }: HttpRequest): string {
  return (headers["content-type"] ?? JSON_TYPE).split(";")[0]?.trim().toLowerCase() || JSON_TYPE;
}

/** An object in JSON, YAML or, of a built-in kind, protobuf. Throws `StatusError`: 400 (not readable), 413, 415. */
export async function readObject(request: HttpRequest): Promise<RequestBody> {
  return parse(mediaTypeOf(request), await readBytes(request));
}

/** A patch in JSON. */
export async function readPatch(request: HttpRequest): Promise<RequestBody> {
  return parseJson(await readBytes(request));
}

/** Undefined where there is no body at all. */
export async function readOptionalObject(request: HttpRequest): Promise<unknown> {
  const bytes = await readBytes(request);
  return bytes.byteLength === 0 ? undefined : parse(mediaTypeOf(request), bytes).value;
}

export function unsupportedMediaType(accepted: string): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
  return new StatusError(415, "UnsupportedMediaType", message);
}

async function readBytes(request: HttpRequest): Promise<Uint8Array> {
  try {
    return await readBody(request.body, MAX_BODY_BYTES);
  } catch (error) {
    if (!(error instanceof BodyTooLargeError)) throw error;
    const message = `Request entity too large: limit is ${MAX_BODY_BYTES}`;
    throw new StatusError(413, "RequestEntityTooLarge", message);
  }
}

function parse(mediaType: string, bytes: Uint8Array): RequestBody {
  switch (mediaType) {
    case JSON_TYPE:
      return parseJson(bytes);
    case YAML_TYPE:
      return parseYaml(bytes);
    case PROTOBUF:
      return parseProtobuf(bytes);
    default:
      throw unsupportedMediaType(`${JSON_TYPE}, ${YAML_TYPE}, ${PROTOBUF}`);
  }
}

function parseJson(bytes: Uint8Array): RequestBody {
  const text = Buffer.from(bytes).toString();
  try {
    return { value: JSON.parse(text), complaints: duplicateKeys(text).map((path) => `duplicate field "${path}"`) };
  } catch (error) {
    throw unreadable(`couldn't get version/kind; json parse error: ${messageOf(error)}`);
  }
}

function parseYaml(bytes: Uint8Array): RequestBody {
  const text = Buffer.from(bytes).toString();
  try {
    return { value: load(text, { schema: JSON_SCHEMA }), complaints: [] };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    if (!error.reason.includes("duplicated mapping key"))
      throw unreadable(`error converting YAML to JSON: yaml: ${error.reason}`);
    const value = load(text, { schema: JSON_SCHEMA, json: true });
    return { value, complaints: [duplicateInYaml(text, error.mark?.line ?? 0)] };
  }
}

/** In the words of the YAML reader that Kubernetes has; lines are counted from one. */
function duplicateInYaml(text: string, line: number): string {
  const key = /^[\s-]*(?<key>[^:]*)/.exec(text.split("\n")[line] ?? "")?.groups?.["key"] ?? "";
  return `yaml: unmarshal errors:\n  line ${line + 1}: key "${key}" already set in map`;
}

function parseProtobuf(bytes: Uint8Array): RequestBody {
  const value = protobufValue(bytes);
  if (value === undefined) throw unsupportedMediaType(`${JSON_TYPE}, ${YAML_TYPE}`);
  return { value, complaints: [] };
}

function protobufValue(bytes: Uint8Array): unknown {
  try {
    return decodeProtobuf(bytes);
  } catch (error) {
    throw unreadable(messageOf(error));
  }
}

function unreadable(why: string): StatusError {
  return new StatusError(400, "BadRequest", `the object provided is unrecognized: ${why}`);
}
