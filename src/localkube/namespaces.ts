// A deleted Namespace takes its objects with it, a moment later: `kubectl delete -f` must still find the objects that
// stand behind the Namespace in its file. It goes when the last of them is gone, finalizers included.
import { NAMESPACES } from "../resources/core.ts";
import { type Background, inOrder } from "./background.ts";
import { deleteObject } from "./delete.ts";
import { SERVED_KINDS } from "./kinds.ts";
import type { Transaction } from "./store.ts";

const PURGE_AFTER_MS = 1_000;
const KEPT_FINALIZERS = { propagationPolicy: undefined, uid: undefined, resourceVersion: undefined };
const NAMESPACED_KINDS = SERVED_KINDS.filter(({ resource }) => resource.isNamespaced);

/** Follows every change until the signal aborts; begins with what a former run left. */
export function purgeNamespaces(background: Background): void {
  const { store, clock, signal } = background;
  const enqueue = inOrder(background);
  const purge = (name: string) =>
    enqueue(() => store.transact((transaction) => purgeNamespace(background, transaction, name)));
  const begun = new Set<string>();
  const purgeSoon = async (name: string) => {
    await clock.sleep(PURGE_AFTER_MS, signal);
    begun.add(name);
    purge(name);
  };
  for (const { metadata } of store.read.list(NAMESPACES)) {
    if (metadata.deletionTimestamp) void purgeSoon(metadata.name);
  }
  store.subscribe(({ plural, type, object: { metadata }, previous }) => {
    const isBegun = metadata.deletionTimestamp && !previous?.metadata.deletionTimestamp;
    if (plural === NAMESPACES.plural && type === "MODIFIED" && isBegun) void purgeSoon(metadata.name);
    const { namespace } = metadata;
    if (type !== "DELETED") return;
    if (plural === NAMESPACES.plural) begun.delete(metadata.name);
    else if (namespace !== undefined && begun.has(namespace)) purge(namespace);
  });
}

/** Deletes what is in it and, once nothing is, the Namespace itself. */
function purgeNamespace({ clock, random }: Background, transaction: Transaction, name: string): void {
  const namespace = transaction.get(NAMESPACES, name);
  if (!namespace?.metadata.deletionTimestamp) return;
  let isEmpty = true;
  for (const kind of NAMESPACED_KINDS) {
    const context = { transaction, kind, clock, random, isDryRun: false };
    for (const { metadata } of transaction.list(kind.resource, { namespace: name })) {
      const target = { namespace: name, name: metadata.name, isStatus: false };
      const { isGone } = deleteObject(context, target, KEPT_FINALIZERS);
      isEmpty &&= isGone;
    }
  }
  if (isEmpty && !namespace.metadata.finalizers?.length) transaction.remove(NAMESPACES, namespace);
}
