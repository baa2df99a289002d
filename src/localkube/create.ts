// Create: the order of refusals is the real server's (decode, namespace, rules, name taken).
import { toKubeTime } from "../clock.ts";
import type { HttpResponse } from "../http/message.ts";
import { NAMESPACES } from "../resources/core.ts";
import { PROJECTS } from "../resources/project.ts";
import { keyOf } from "../resources/resource.ts";
import { admit } from "./admission.ts";
import { objectAnswer } from "./answers.ts";
import { readObject } from "./body.ts";
import { type Call, type WriteContext, write } from "./call.ts";
import { decodeObject } from "./decode.ts";
import { createdMetadata, generatedName, newUid } from "./metadata.ts";
import { ensureProjectNamespace } from "./project-namespace.ts";
import { writeOptionsOf } from "./request-options.ts";
import { alreadyExists, notFound, qualified, StatusError } from "./statuses.ts";
import type { StoredObject } from "./store.ts";

export async function create(call: Call): Promise<HttpResponse> {
  const { kind, namespace } = call.route;
  const { isDryRun, fieldValidation } = writeOptionsOf(call.query, "CreateOptions");
  const body = await readObject(call.request);
  const { object, warnings } = decodeObject(kind, body, fieldValidation);
  const created = await write(call, isDryRun, (context) => createObject(context, namespace, object));
  return objectAnswer(call, 201, created, warnings);
}

export function createObject(context: WriteContext, namespace: string | undefined, body: StoredObject): StoredObject {
  const { transaction, kind, clock, random, isDryRun } = context;
  const { resource, isCustom } = kind;
  const given = body.metadata ?? {};
  checkNamespace(context, namespace, given);
  if (given.resourceVersion) {
    throw new StatusError(500, "", "resourceVersion should not be set on objects to be created");
  }
  const metadata = createdMetadata(resource, given, {
    name: given.name || generatedName(given.generateName, random),
    namespace,
    uid: newUid(random),
    creationTimestamp: toKubeTime(clock.now()),
    generation: isCustom ? 1 : undefined,
  });
  const draft = withoutUndefined({ ...body, metadata, ...initialState(context, body) });
  const object = admit(context, draft);
  const existing = transaction.get(resource, keyOf(object.metadata));
  if (existing) throw alreadyExists(resource, object.metadata.name, existing.metadata.deletionTimestamp !== undefined);
  if (resource === PROJECTS) ensureProjectNamespace(context, object);
  return isDryRun ? object : transaction.put(resource, object);
}

/** A status is not the creator's to say; a Namespace begins with its own. */
function initialState({ kind: { resource, hasStatus } }: WriteContext, { spec }: StoredObject): object {
  if (resource === NAMESPACES) {
    return { spec: { ...spec, finalizers: ["kubernetes"] }, status: { phase: "Active" } };
  }
  return hasStatus ? { status: undefined } : {};
}

function checkNamespace(
  { transaction, kind: { resource } }: WriteContext,
  namespace: string | undefined,
  given: Partial<StoredObject["metadata"]>,
): void {
  if (!resource.isNamespaced || namespace === undefined) return;
  if (given.namespace && given.namespace !== namespace) {
    const message = "the namespace of the provided object does not match the namespace sent on the request";
    throw new StatusError(400, "BadRequest", message);
  }
  const found = transaction.get(NAMESPACES, namespace);
  if (!found) throw notFound(NAMESPACES, namespace);
  if (!found.metadata.deletionTimestamp) return;
  const name = given.name ?? "";
  const why = `namespace ${namespace} is being terminated`;
  const message = `${qualified(resource)} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`;
  const causes = [{ reason: "NamespaceTerminating", message: why, field: "metadata.namespace" }];
  const { group, plural } = resource;
  throw new StatusError(403, "Forbidden", message, {
    ...(name && { name }),
    ...(group && { group }),
    kind: plural,
    causes,
  });
}

/** What JSON would make of it. */
export function withoutUndefined(object: object): StoredObject {
  return JSON.parse(JSON.stringify(object)) as StoredObject;
}
