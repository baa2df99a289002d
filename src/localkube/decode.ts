// From the body of a write to an object of its kind: what is unknown or stands twice is refused, warned of or dropped, as
// the request wants it (`fieldValidation`). Held to a real server by test/contract/kube-create.
import { SECRETS, type Secret } from "../resources/core.ts";
import { decodeObject as decodeFields } from "../resources/decode-object.ts";
import { apiVersionOf } from "../resources/resource.ts";
import { violationsOf } from "../resources/schema-violations.ts";
import { undecodableKey, withSecretDefaults } from "../resources/secret-rules.ts";
import { invalidValue } from "../resources/violation.ts";
import type { RequestBody } from "./body.ts";
import { isObject } from "./json-object.ts";
import type { ServedKind } from "./kinds.ts";
import type { FieldValidation } from "./request-options.ts";
import { invalid, StatusError } from "./statuses.ts";
import type { StoredObject } from "./store.ts";

interface Decoded {
  readonly object: StoredObject;
  /** What kubectl should tell its user. */
  readonly warnings: readonly string[];
}

/** Times with exactly six fractional digits, metav1.MicroTime. */
const MICRO_TIMES: Readonly<Record<string, readonly string[]>> = {
  Lease: ["spec.acquireTime", "spec.renewTime"],
  Event: ["eventTime", "series.lastObservedTime"],
};
const MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/;

/** Of a POST or PUT. Throws `StatusError`: 400 for what cannot be decoded, 422 for another kind than the URL's. */
export function decodeObject(kind: ServedKind, body: RequestBody, fieldValidation: FieldValidation): Decoded {
  const refuse = (why: string) => undecodable(kind, why);
  return decode(kind, { ...body, object: identified(kind, body.value) }, { fieldValidation, refuse });
}

/** Of a patched object, whose refusals say so: 422 for `patch`. */
export function decodePatched(kind: ServedKind, body: RequestBody, fieldValidation: FieldValidation): Decoded {
  const { value } = body;
  const refuse = (why: string) => refusedPatch(kind, value, why);
  if (!isObject(value) || !isObject(value["metadata"])) throw refuse("the patched object has no metadata");
  const object = value as unknown as StoredObject;
  checkIdentity(kind, object, 422);
  return decode(kind, { ...body, object }, { fieldValidation, refuse });
}

function decode(
  kind: ServedKind,
  { object, complaints: complaintsOfReader }: Omit<RequestBody, "value"> & { readonly object: StoredObject },
  { fieldValidation, refuse }: { fieldValidation: FieldValidation; refuse: (why: string) => StatusError },
): Decoded {
  const decoded = decodeFields(kind.schema, object);
  const complaints = [...decoded.unknownFields.map((path) => `unknown field "${path}"`), ...complaintsOfReader];
  if (fieldValidation === "Strict" && complaints.length > 0) {
    throw refuse(`strict decoding error: ${complaints.join(", ")}`);
  }
  const mistyped = mistypedField(kind, decoded.object);
  if (mistyped) throw refuse(mistyped);
  return { object: decoded.object, warnings: fieldValidation === "Warn" ? complaints : [] };
}

/** Metadata and all of a built-in kind are decoded into types before anything is judged. */
function mistypedField({ resource, schema, isCustom }: ServedKind, object: StoredObject): string | undefined {
  const metadata = schema.properties?.["metadata"];
  const violations = isCustom
    ? violationsOf(metadata ?? {}, object.metadata, { field: "metadata", path: "metadata" })
    : violationsOf({ ...schema, required: [] }, object, { field: "", path: "" });
  const mistyped = violations.find(({ reason }) => reason === "FieldValueTypeInvalid");
  if (mistyped) return `json: cannot unmarshal ${mistyped.field}: ${mistyped.message}`;
  const badKey = resource === SECRETS ? undecodableKey(withSecretDefaults(object as unknown as Secret)) : undefined;
  if (badKey !== undefined) return `data[${badKey}]: illegal base64 data`;
  const badTime = MICRO_TIMES[resource.kind]?.find((path) => !isMicroTime(valueAt(object, path)));
  return badTime && `${badTime}: cannot parse as "2006-01-02T15:04:05.000000Z07:00"`;
}

function isMicroTime(value: unknown): boolean {
  return value === undefined || value === null || MICRO_TIME.test(String(value));
}

function valueAt(object: unknown, path: string): unknown {
  return path.split(".").reduce((value, name) => (isObject(value) ? value[name] : undefined), object);
}

/** Built-in kinds may leave out what the URL says already. */
function identified(kind: ServedKind, value: unknown): StoredObject {
  const { resource, isCustom } = kind;
  const what = `the object provided is unrecognized (must be of type ${resource.kind})`;
  if (!isObject(value)) throw new StatusError(400, "BadRequest", `${what}: it is no object`);
  const identity = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  const object = (isCustom ? value : { ...identity, ...value }) as unknown as StoredObject;
  if (!object.kind) throw new StatusError(400, "BadRequest", `${what}: Object 'Kind' is missing`);
  checkIdentity(kind, object, 400);
  const metadata = object.metadata ?? {};
  if (!isObject(metadata)) throw undecodable(kind, "json: cannot unmarshal metadata: it is no object");
  return { ...object, metadata };
}

function checkIdentity({ resource, isCustom }: ServedKind, object: StoredObject, versionCode: 400 | 422): void {
  const wanted = apiVersionOf(resource);
  const name = object.metadata?.name ?? "";
  if (object.kind !== resource.kind && !isCustom) {
    const { version } = resource;
    const message = `${object.kind} in version "${version}" cannot be handled as a ${resource.kind}: no kind "${object.kind}" is registered for version "${version}"`;
    throw new StatusError(400, "BadRequest", message);
  }
  if (object.kind !== resource.kind) {
    const violation = invalidValue("kind", object.kind, `must be ${resource.kind}`);
    throw invalid({ ...resource, kind: object.kind }, name, [violation]);
  }
  if (object.apiVersion === wanted) return;
  const message = `the API version in the data (${object.apiVersion}) does not match the expected API version (${wanted})`;
  if (versionCode === 400) throw new StatusError(400, "BadRequest", message);
  throw invalid(resource, name, [invalidValue("apiVersion", object.apiVersion, `must be ${wanted}`)]);
}

function undecodable({ resource }: ServedKind, why: string): StatusError {
  const message = `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: ${why}`;
  return new StatusError(400, "BadRequest", message);
}

function refusedPatch({ resource }: ServedKind, patched: unknown, why: string): StatusError {
  // A client may log what it is answered.
  const quoted = resource === SECRETS ? "a Secret, which is not quoted" : sortedJson(patched);
  const { field, message, reason } = invalidValue("patch", quoted, why);
  return new StatusError(422, "Invalid", ` "" is invalid: ${field}: ${message}`, {
    causes: [{ reason, message, field }],
  });
}

/** Keys in the order in which Go writes those of a map. */
function sortedJson(value: unknown): string {
  const sorted = (_key: string, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part;
  return JSON.stringify(value, sorted);
}
