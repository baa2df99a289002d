// What create, update, patch and delete do to an object: embedded-api.md, section 10, corrected by kube-apiserver.md.
import { type Clock, type Random, toKubeTime } from "../clock.ts";
import { NAMESPACES } from "../resources/core.ts";
import { apiVersionOf, keyOf } from "../resources/resource.ts";
import { admit } from "./admission.ts";
import type { ServedKind } from "./kinds.ts";
import { applyMergePatch, isSame } from "./patch.ts";
import { alreadyExists, conflict, invalid, notFound, StatusError } from "./statuses.ts";
import type { StoredObject, Transaction } from "./store.ts";

export interface WriteContext {
  readonly transaction: Transaction;
  readonly kind: ServedKind;
  readonly clock: Clock;
  readonly random: Random;
  readonly isDryRun: boolean;
}

export interface Target {
  readonly namespace: string | undefined;
  readonly name: string;
  readonly isStatus: boolean;
}

export function createObject(context: WriteContext, namespace: string | undefined, body: StoredObject): StoredObject {
  const { transaction, kind, clock, random } = context;
  const { resource, hasStatus, isCustom } = kind;
  checkKind(kind, body);
  if (body.metadata?.resourceVersion)
    throw new StatusError(500, "", "resourceVersion should not be set on objects to be created");
  checkNamespace(context, namespace, body.metadata?.name ?? "");
  const name = body.metadata?.name || generatedName(body.metadata?.generateName, random);
  const metadata = {
    ...body.metadata,
    name,
    ...(resource.isNamespaced ? { namespace } : { namespace: undefined }),
    uid: newUid(random),
    creationTimestamp: toKubeTime(clock.now()),
    ...(isCustom && { generation: 1 }),
    ...(resource === NAMESPACES && { labels: { ...body.metadata?.labels, "kubernetes.io/metadata.name": name } }),
  };
  const draft = {
    ...body,
    metadata,
    ...(hasStatus && { status: resource === NAMESPACES ? { phase: "Active" } : undefined }),
  };
  const object = admit(resource, clean(draft), { random, nowMs: clock.now() });
  if (transaction.get(resource, keyOf(object.metadata))) throw alreadyExists(resource, name);
  return context.isDryRun ? object : transaction.put(resource, object);
}

/** Merge patch of the object or of its status; `target` must exist. */
export function patchObject(context: WriteContext, target: Target, patch: unknown): StoredObject {
  const current = existing(context, target);
  const patched = applyMergePatch(current, patch) as StoredObject;
  return replaceObject(context, target, patched, current);
}

export function updateObject(context: WriteContext, target: Target, body: StoredObject): StoredObject {
  const current = existing(context, target);
  checkKind(context.kind, body);
  const { resource, isCustom } = context.kind;
  if (isCustom && !body.metadata?.resourceVersion) {
    throw invalid(resource, target.name, [
      ["metadata.resourceVersion", "Invalid value: 0: must be specified for an update"],
    ]);
  }
  return replaceObject(context, target, body, current);
}

/** A write that changes nothing keeps the resource version and makes no event. */
function replaceObject(context: WriteContext, target: Target, next: StoredObject, current: StoredObject): StoredObject {
  const { transaction, kind, clock, random, isDryRun } = context;
  const { resource } = kind;
  checkIdentity(context, target, next, current);
  const merged = target.isStatus ? withStatus(current, next) : withoutStatusChange(kind, current, next);
  const object = target.isStatus ? merged : admit(resource, merged, { random, nowMs: clock.now() });
  if (isSame(object, current)) return current;
  const isSpecChange = kind.isCustom && !target.isStatus && !isSame(contentOf(object), contentOf(current));
  const generation = isSpecChange ? (current.metadata.generation ?? 0) + 1 : current.metadata.generation;
  const written = clean({ ...object, metadata: { ...object.metadata, generation } });
  if (isDryRun) return written;
  const isLast = current.metadata.deletionTimestamp && !written.metadata.finalizers?.length && resource !== NAMESPACES;
  return isLast ? transaction.remove(resource, written) : transaction.put(resource, written);
}

export interface DeleteOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** The object when it stays for its finalizers (or, a Namespace, for its content); undefined when it is gone. */
export function deleteObject(context: WriteContext, target: Target, options: DeleteOptions): StoredObject | undefined {
  const { transaction, kind, clock, isDryRun } = context;
  const { resource } = kind;
  const current = existing(context, target);
  const { uid, resourceVersion } = options.preconditions ?? {};
  if (uid !== undefined && uid !== current.metadata.uid) throw conflict(resource, target.name);
  if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion)
    throw conflict(resource, target.name);
  if (isDryRun) return undefined;
  const stays = resource === NAMESPACES || (current.metadata.finalizers?.length ?? 0) > 0;
  if (!stays) {
    transaction.remove(resource, current);
    return undefined;
  }
  if (current.metadata.deletionTimestamp) return current;
  const { generation } = current.metadata;
  const metadata = {
    ...current.metadata,
    deletionTimestamp: toKubeTime(clock.now()),
    ...(generation !== undefined && { generation: generation + 1 }),
  };
  const status = resource === NAMESPACES ? { status: { phase: "Terminating" } } : {};
  return transaction.put(resource, { ...current, metadata, ...status });
}

function existing({ transaction, kind: { resource } }: WriteContext, { namespace, name }: Target): StoredObject {
  const object = transaction.get(resource, namespace === undefined ? name : `${namespace}/${name}`);
  if (!object) throw notFound(resource, name);
  return object;
}

function checkKind({ resource }: ServedKind, body: StoredObject): void {
  const wanted = apiVersionOf(resource);
  if (body.apiVersion !== wanted) {
    throw new StatusError(
      400,
      "BadRequest",
      `the API version in the data (${body.apiVersion}) does not match the expected API version (${wanted})`,
    );
  }
  if (body.kind !== resource.kind) {
    throw invalid(resource, body.metadata?.name ?? "", [
      ["kind", `Invalid value: "${body.kind}": must be ${resource.kind}`],
    ]);
  }
}

function checkNamespace(
  { transaction, kind: { resource } }: WriteContext,
  namespace: string | undefined,
  name: string,
): void {
  if (!resource.isNamespaced || namespace === undefined) return;
  const found = transaction.get(NAMESPACES, namespace);
  if (!found) throw notFound(NAMESPACES, namespace);
  if (!found.metadata.deletionTimestamp) return;
  const message = `${resource.plural} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`;
  throw new StatusError(403, "Forbidden", message);
}

function checkIdentity(context: WriteContext, target: Target, next: StoredObject, current: StoredObject): void {
  const { resource } = context.kind;
  const { name, resourceVersion, uid } = next.metadata ?? {};
  if (name !== target.name) {
    throw new StatusError(
      400,
      "BadRequest",
      `the name of the object (${name}) does not match the name on the URL (${target.name})`,
    );
  }
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) throw conflict(resource, target.name);
  if (uid !== undefined && uid !== current.metadata.uid) throw conflict(resource, target.name);
}

function withStatus(current: StoredObject, next: StoredObject): StoredObject {
  return clean({ ...current, status: next.status });
}

/** Main writes keep the status and what the server alone sets. */
function withoutStatusChange(
  { hasStatus, resource }: ServedKind,
  current: StoredObject,
  next: StoredObject,
): StoredObject {
  const { uid, creationTimestamp, generation, resourceVersion, deletionTimestamp } = current.metadata;
  const own = {
    name: current.metadata.name,
    namespace: current.metadata.namespace,
    uid,
    creationTimestamp,
    generation,
    resourceVersion,
    deletionTimestamp,
  };
  const forced =
    resource === NAMESPACES ? { labels: { ...next.metadata.labels, "kubernetes.io/metadata.name": own.name } } : {};
  return clean({
    ...next,
    metadata: { ...next.metadata, ...forced, ...own },
    ...(hasStatus && { status: current.status }),
  });
}

function contentOf({ metadata: _metadata, status: _status, ...content }: StoredObject): unknown {
  return content;
}

/** Without fields that are undefined: what JSON would make of it. */
function clean(object: object): StoredObject {
  return JSON.parse(JSON.stringify(object)) as StoredObject;
}

function generatedName(base: string | undefined, random: Random): string {
  const alphabet = "bcdfghjklmnpqrstvwxz2456789";
  if (!base) return "";
  const suffix = Array.from(random.bytes(5), (byte) => alphabet[byte % alphabet.length]).join("");
  return base.slice(0, 58) + suffix;
}

function newUid(random: Random): string {
  const bytes = Buffer.from(random.bytes(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
