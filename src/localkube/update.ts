// Update (PUT), and the rules that every change of an object follows, a patch included.

import type { HttpResponse } from "../http/message.ts";
import { NAMESPACES } from "../resources/core.ts";
import { isSame } from "../resources/merge-patch.ts";
import { invalidValue } from "../resources/violation.ts";
import { admit, admitStatus } from "./admission.ts";
import { objectAnswer } from "./answers.ts";
import { readObject } from "./body.ts";
import { type Call, type ObjectAddress, storeKey, type WriteContext, write } from "./call.ts";
import { createObject, withoutUndefined } from "./create.ts";
import { decodeObject } from "./decode.ts";
import type { ServedKind } from "./kinds.ts";
import { immutableViolations, keptMetadata } from "./metadata.ts";
import { writeOptionsOf } from "./request-options.ts";
import { conflict, detailsOf, invalid, invalidPlural, notFound, qualified, StatusError } from "./statuses.ts";
import type { StoredObject } from "./store.ts";

/** Kinds that a PUT may create. */
const CREATED_BY_UPDATE = ["Lease", "Event"];

export async function update(call: Call, target: ObjectAddress): Promise<HttpResponse> {
  const { isDryRun, fieldValidation } = writeOptionsOf(call.query, "UpdateOptions");
  const { object, warnings } = decodeObject(call.route.kind, await readObject(call.request), fieldValidation);
  const { status, written } = await write(call, isDryRun, (context) => updateObject(context, target, object));
  return objectAnswer(call, status, written, warnings);
}

function updateObject(
  context: WriteContext,
  target: ObjectAddress,
  body: StoredObject,
): { readonly status: 200 | 201; readonly written: StoredObject } {
  const { transaction, kind } = context;
  const { resource } = kind;
  checkName(target, body);
  const current = transaction.get(resource, storeKey(target.namespace, target.name));
  if (!current) {
    if (!CREATED_BY_UPDATE.includes(resource.kind) || target.isStatus) throw notFound(resource, target.name);
    return { status: 201, written: createByUpdate(context, target, body) };
  }
  const { uid } = body.metadata;
  if (uid && uid !== current.metadata.uid) throw otherUid(context, target, body);
  return { status: 200, written: replaceObject(context, target, { next: body, current }) };
}

function createByUpdate(context: WriteContext, target: ObjectAddress, body: StoredObject): StoredObject {
  if (body.metadata.uid) throw otherUid(context, target, body);
  const { resourceVersion: _ignored, ...metadata } = body.metadata;
  return createObject(context, target.namespace, { ...body, metadata });
}

/** Writes `next` over `current`. What changes nothing keeps the resource version and makes no event. */
export function replaceObject(
  context: WriteContext,
  target: ObjectAddress,
  { next, current }: { readonly next: StoredObject; readonly current: StoredObject },
): StoredObject {
  const { transaction, kind, isDryRun } = context;
  const { resource } = kind;
  checkVersion(kind, next, current);
  const draft = target.isStatus ? withStatus(kind, next, current) : withoutStatus(kind, next, current);
  const changes = target.isStatus ? [] : immutableViolations(next.metadata, current.metadata);
  if (changes.length > 0) throw invalid(resource, target.name, changes);
  const object = target.isStatus ? admitStatus(context, draft) : admit(context, draft, current);
  if (isSame(object, current)) return current;
  const written = withoutUndefined(withGeneration(kind, object, current));
  if (isDryRun) return written;
  if (!isFinished(written)) return transaction.put(resource, written);
  transaction.remove(resource, current);
  return written;
}

/** Nothing holds a deleted object back any more; a Namespace goes only when it is empty. */
function isFinished({ metadata, kind }: StoredObject): boolean {
  return Boolean(metadata.deletionTimestamp) && !metadata.finalizers?.length && kind !== NAMESPACES.kind;
}

export function checkName({ name, namespace }: ObjectAddress, { metadata }: StoredObject): void {
  if (metadata?.name !== name) {
    const message = metadata?.name
      ? `the name of the object (${metadata.name}) does not match the name on the URL (${name})`
      : `the name of the object (${name} based on URL) was undeterminable: name must be provided`;
    throw new StatusError(400, "BadRequest", message);
  }
  if (namespace === undefined || !metadata.namespace || metadata.namespace === namespace) return;
  const message = "the namespace of the provided object does not match the namespace sent on the request";
  throw new StatusError(400, "BadRequest", message);
}

function checkVersion({ resource, isCustom }: ServedKind, next: StoredObject, current: StoredObject): void {
  const { resourceVersion } = next.metadata;
  const { name } = current.metadata;
  if (!resourceVersion && isCustom) {
    const violation = invalidValue("metadata.resourceVersion", 0, "must be specified for an update");
    throw invalidPlural(resource, name, [violation]);
  }
  if (resourceVersion && !/^\d+$/.test(resourceVersion)) {
    const text = `resourceVersion: Invalid value: "${resourceVersion}": strconv.ParseUint: parsing "${resourceVersion}": invalid syntax`;
    throw new StatusError(500, "", text);
  }
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) throw conflict(resource, name);
}

function otherUid(
  { kind: { resource } }: WriteContext,
  { name }: ObjectAddress,
  { metadata }: StoredObject,
): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: another`;
  return new StatusError(409, "Conflict", message, detailsOf(resource, name));
}

/** Through `/status` only the status is written; of a Namespace the labels too. */
function withStatus({ resource }: ServedKind, next: StoredObject, current: StoredObject): StoredObject {
  const metadata = resource === NAMESPACES ? keptMetadata(resource, next.metadata, current.metadata) : current.metadata;
  return { ...current, metadata, status: resource === NAMESPACES ? current.status : next.status };
}

/** Elsewhere the status stays as it is, and what the server alone sets. */
function withoutStatus({ hasStatus, resource }: ServedKind, next: StoredObject, current: StoredObject): StoredObject {
  const own = resource === NAMESPACES ? { spec: current.spec, status: current.status } : {};
  const metadata = keptMetadata(resource, next.metadata, current.metadata);
  return withoutUndefined({ ...next, metadata, ...(hasStatus && { status: current.status }), ...own });
}

function withGeneration({ isCustom }: ServedKind, object: StoredObject, current: StoredObject): StoredObject {
  if (!isCustom || isSame(contentOf(object), contentOf(current))) return object;
  const generation = (current.metadata.generation ?? 0) + 1;
  return { ...object, metadata: { ...object.metadata, generation } };
}

function contentOf({ metadata: _metadata, status: _status, ...content }: StoredObject): unknown {
  return content;
}
