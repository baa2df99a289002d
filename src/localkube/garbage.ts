// What belongs to an object goes with it, as a cluster's garbage collector sees to it: dependents whose owners are all
// gone are deleted; `foregroundDeletion` waits for the dependents that block, `orphan` lets them go free.
import { apiVersionOf, keyOf, type Resource } from "../resources/resource.ts";
import { type Background, inOrder } from "./background.ts";
import type { WriteContext } from "./call.ts";
import { deleteObject, FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from "./delete.ts";
import { SERVED_KINDS, type ServedKind } from "./kinds.ts";
import type { PropagationPolicy } from "./request-options.ts";
import type { OwnerReference, StoredChange, StoredObject, Transaction } from "./store.ts";
import { replaceObject } from "./update.ts";

/** Follows every change until the signal aborts; begins with what a former run left. */
export function collectGarbage(background: Background): void {
  const { store, clock, random } = background;
  const enqueue = inOrder(background);
  const visit = (plural: string, key: string) =>
    enqueue(() =>
      store.transact((transaction) => {
        const kind = SERVED_KINDS.find(({ resource }) => resource.plural === plural);
        const object = kind && transaction.get(kind.resource, key);
        if (object) tidy({ transaction, kind, clock, random, isDryRun: false }, object);
      }),
    );
  for (const { resource } of SERVED_KINDS) {
    for (const { metadata } of store.read.list(resource)) if (isHeld(metadata)) visit(resource.plural, keyOf(metadata));
  }
  for (const { plural, key } of store.read.dependents()) visit(plural, key);
  store.subscribe((change) => {
    for (const { plural, key } of affected(background, change)) visit(plural, key);
  });
}

function isHeld({ deletionTimestamp, finalizers = [] }: StoredObject["metadata"]): boolean {
  return (
    deletionTimestamp !== undefined &&
    (finalizers.includes(FOREGROUND_FINALIZER) || finalizers.includes(ORPHAN_FINALIZER))
  );
}

type Place = { readonly plural: string; readonly key: string };

function affected({ store }: Background, { plural, key, type, object, previous }: StoredChange): readonly Place[] {
  const { metadata } = object;
  const owners = [...(metadata.ownerReferences ?? []), ...(previous?.metadata.ownerReferences ?? [])];
  const waiting = owners.flatMap((owner) => placeOf(owner, metadata.namespace) ?? []);
  if (type === "DELETED") return [...store.read.dependents(metadata.uid ?? ""), ...waiting];
  const hasOwners = (metadata.ownerReferences ?? []).length > 0;
  return [...(hasOwners || isHeld(metadata) ? [{ plural, key }] : []), ...waiting];
}

function tidy(context: WriteContext, object: StoredObject): void {
  const { metadata } = object;
  if (isHeld(metadata)) {
    if (metadata.finalizers?.includes(ORPHAN_FINALIZER)) orphanDependents(context, object);
    else deleteDependents(context, object);
  } else if (!metadata.deletionTimestamp && (metadata.ownerReferences ?? []).length > 0) followOwners(context, object);
}

/** Deleted when no owner is left; otherwise it only forgets those that are gone. */
function followOwners(context: WriteContext, object: StoredObject): void {
  const { ownerReferences = [], namespace } = object.metadata;
  const states = ownerReferences.map((owner) => ownerState(context.transaction, owner, namespace));
  if (states.every((state) => state !== "there")) {
    removeObject(context, object, states.includes("waiting") ? "Foreground" : "Background");
    return;
  }
  const left = ownerReferences.filter((_owner, place) => states[place] !== "gone");
  if (left.length < ownerReferences.length) change(context, object, { ownerReferences: left });
}

type OwnerState = "there" | "waiting" | "gone";

/** An owner of a kind that is not served here counts as there: nobody knows better. */
function ownerState(transaction: Transaction, owner: OwnerReference, namespace: string | undefined): OwnerState {
  const kind = kindOf(owner);
  if (!kind) return "there";
  const found = transaction.get(kind.resource, ownerKey(kind.resource, owner, namespace));
  if (found?.metadata.uid !== owner.uid) return "gone";
  const { deletionTimestamp, finalizers } = found.metadata;
  return deletionTimestamp && finalizers?.includes(FOREGROUND_FINALIZER) ? "waiting" : "there";
}

function orphanDependents(context: WriteContext, owner: StoredObject): void {
  for (const [kind, dependent] of dependentsOf(context.transaction, owner)) {
    const ownerReferences = dependent.metadata.ownerReferences?.filter(({ uid }) => uid !== owner.metadata.uid);
    change({ ...context, kind }, dependent, { ownerReferences });
  }
  release(context, owner, ORPHAN_FINALIZER);
}

function deleteDependents(context: WriteContext, owner: StoredObject): void {
  for (const [kind, dependent] of dependentsOf(context.transaction, owner)) {
    if (!dependent.metadata.deletionTimestamp) followOwners({ ...context, kind }, dependent);
  }
  const blocking = dependentsOf(context.transaction, owner).some(([, dependent]) =>
    dependent.metadata.ownerReferences?.some((one) => one.uid === owner.metadata.uid && one.blockOwnerDeletion),
  );
  if (!blocking) release(context, owner, FOREGROUND_FINALIZER);
}

function dependentsOf(transaction: Transaction, owner: StoredObject): readonly (readonly [ServedKind, StoredObject])[] {
  return transaction.dependents(owner.metadata.uid ?? "").flatMap(({ plural, key }) => {
    const kind = SERVED_KINDS.find(({ resource }) => resource.plural === plural);
    const object = kind && transaction.get(kind.resource, key);
    return object ? [[kind, object] as const] : [];
  });
}

function release(context: WriteContext, object: StoredObject, finalizer: string): void {
  change(context, object, { finalizers: object.metadata.finalizers?.filter((one) => one !== finalizer) });
}

function change(context: WriteContext, current: StoredObject, metadata: Partial<StoredObject["metadata"]>): void {
  const next = { ...current, metadata: { ...current.metadata, ...metadata } };
  replaceObject(context, targetOf(current), { next, current });
}

function removeObject(context: WriteContext, object: StoredObject, propagationPolicy: PropagationPolicy): void {
  deleteObject(context, targetOf(object), { propagationPolicy, uid: object.metadata.uid, resourceVersion: undefined });
}

function targetOf({ metadata: { namespace, name } }: StoredObject) {
  return { namespace, name, isStatus: false };
}

function placeOf(owner: OwnerReference, namespace: string | undefined): Place | undefined {
  const kind = kindOf(owner);
  return kind && { plural: kind.resource.plural, key: ownerKey(kind.resource, owner, namespace) };
}

function kindOf({ apiVersion, kind }: OwnerReference): ServedKind | undefined {
  return SERVED_KINDS.find(({ resource }) => resource.kind === kind && apiVersionOf(resource) === apiVersion);
}

/** An owner is cluster-scoped or stands in its dependent's namespace. */
function ownerKey({ isNamespaced }: Resource, { name }: OwnerReference, namespace: string | undefined): string {
  return isNamespaced ? `${namespace}/${name}` : name;
}
