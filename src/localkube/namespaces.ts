// A deleted Namespace takes its objects with it, a moment later: `kubectl delete -f` must still find the objects that
// stand behind the Namespace in its file. Goes on after a restart with what was left.
import type { Clock } from "../clock.ts";
import { NAMESPACES } from "../resources/core.ts";
import { SERVED_KINDS } from "./kinds.ts";
import type { Store, Transaction } from "./store.ts";

const PURGE_AFTER_MS = 1_000;

/** Runs until `signal` aborts. */
export async function purgeNamespaces(store: Store, clock: Clock, signal: AbortSignal): Promise<void> {
  const purge = async (name: string) => {
    await clock.sleep(PURGE_AFTER_MS, signal);
    if (!signal.aborted) await store.transact((transaction) => purgeNamespace(transaction, name));
  };
  for (const { metadata } of store.read.list(NAMESPACES)) if (metadata.deletionTimestamp) void purge(metadata.name);
  store.subscribe(({ plural, type, object: { metadata } }) => {
    if (plural === NAMESPACES.plural && type === "MODIFIED" && metadata.deletionTimestamp) void purge(metadata.name);
  });
}

function purgeNamespace(transaction: Transaction, name: string): void {
  const namespace = transaction.get(NAMESPACES, name);
  if (!namespace?.metadata.deletionTimestamp) return;
  for (const { resource } of SERVED_KINDS.filter((kind) => kind.resource.isNamespaced)) {
    for (const object of transaction.list(resource, name)) transaction.remove(resource, object);
  }
  transaction.remove(NAMESPACES, namespace);
}
