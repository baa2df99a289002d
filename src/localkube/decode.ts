// From the body of a write to an object of its kind: what is unknown or stands twice is refused, warned of or dropped, as
// the request wants it (`fieldValidation`). kube-apiserver.md, (a) sections 9 and 11 and (b).
import { decodeObject as decodeFields } from "../resources/decode-object.ts";
import { apiVersionOf } from "../resources/resource.ts";
import type { RequestBody } from "./body.ts";
import type { ServedKind } from "./kinds.ts";
import { isObject } from "./merge-patch.ts";
import type { FieldValidation } from "./request-options.ts";
import { invalid, StatusError } from "./statuses.ts";
import type { StoredObject } from "./store.ts";

interface Decoded {
  readonly object: StoredObject;
  /** What kubectl should tell its user. */
  readonly warnings: readonly string[];
}

/** Of a POST or PUT. Throws `StatusError`: 400 for what cannot be decoded, 422 for another kind than the URL's. */
export function decodeObject(kind: ServedKind, body: RequestBody, fieldValidation: FieldValidation): Decoded {
  const { object, unknownFields } = decodeFields(kind.schema, identified(kind, body.value));
  const complaints = complaintsOf(body, unknownFields);
  if (fieldValidation === "Strict" && complaints.length > 0) {
    throw undecodable(kind, `strict decoding error: ${complaints.join(", ")}`);
  }
  return { object, warnings: fieldValidation === "Warn" ? complaints : [] };
}

/** Of a patched object, whose refusals say so: 422 for `patch`. */
export function decodePatched(kind: ServedKind, body: RequestBody, fieldValidation: FieldValidation): Decoded {
  const object = body.value;
  if (!isObject(object) || !isObject(object["metadata"]))
    throw refusedPatch(object, "the patched object has no metadata");
  checkIdentity(kind, object as StoredObject, 422);
  const { object: decoded, unknownFields } = decodeFields(kind.schema, object as StoredObject);
  const complaints = complaintsOf(body, unknownFields);
  if (fieldValidation === "Strict" && complaints.length > 0) {
    throw refusedPatch(object, `strict decoding error: ${complaints.join(", ")}`);
  }
  return { object: decoded, warnings: fieldValidation === "Warn" ? complaints : [] };
}

function complaintsOf({ duplicates }: RequestBody, unknownFields: readonly string[]): readonly string[] {
  return [
    ...unknownFields.map((path) => `unknown field "${path}"`),
    ...duplicates.map((path) => `duplicate field "${path}"`),
  ];
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
  if (!isObject(metadata)) throw undecodable(kind, "json: cannot unmarshal metadata into an object");
  return { ...object, metadata };
}

function checkIdentity({ resource, isCustom }: ServedKind, object: StoredObject, versionCode: 400 | 422): void {
  const wanted = apiVersionOf(resource);
  if (object.kind !== resource.kind && !isCustom) {
    const { version } = resource;
    const message = `${object.kind} in version "${version}" cannot be handled as a ${resource.kind}: no kind "${object.kind}" is registered for version "${version}"`;
    throw new StatusError(400, "BadRequest", message);
  }
  if (object.kind !== resource.kind) {
    const violation = ["kind", `Invalid value: "${object.kind}": must be ${resource.kind}`] as const;
    throw invalid({ ...resource, kind: object.kind }, object.metadata?.name ?? "", [violation]);
  }
  if (object.apiVersion === wanted) return;
  const message = `the API version in the data (${object.apiVersion}) does not match the expected API version (${wanted})`;
  if (versionCode === 400) throw new StatusError(400, "BadRequest", message);
  throw invalid(resource, object.metadata?.name ?? "", [
    ["apiVersion", `Invalid value: "${object.apiVersion}": must be ${wanted}`],
  ]);
}

function undecodable({ resource }: ServedKind, why: string): StatusError {
  const message = `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: ${why}`;
  return new StatusError(400, "BadRequest", message);
}

function refusedPatch(patched: unknown, why: string): StatusError {
  const message = `Invalid value: ${JSON.stringify(JSON.stringify(patched))}: ${why}`;
  const causes = [{ reason: "FieldValueInvalid", message, field: "patch" }];
  return new StatusError(422, "Invalid", ` "" is invalid: patch: ${message}`, { causes });
}
