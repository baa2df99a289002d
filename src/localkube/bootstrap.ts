// What is there from the start, as on a cluster: the Namespace `default` and the definitions of the custom kinds.
import { type Clock, type Random, toKubeTime } from "../clock.ts";
import { NAMESPACES } from "../resources/core.ts";
import { customResourceDefinition } from "../resources/crd.ts";
import { type CustomKind, KARGO_KINDS } from "../resources/kinds.ts";
import type { Resource } from "../resources/resource.ts";
import { CUSTOM_RESOURCE_DEFINITIONS } from "./kinds.ts";
import { newUid } from "./metadata.ts";
import type { Store, StoredObject, Transaction } from "./store.ts";

interface BootstrapOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
}

/** Writes what is missing or, after an update of the program, defined otherwise; else nothing. */
export function bootstrap({ store, clock, random }: BootstrapOptions): Promise<void> {
  return store.transact((transaction) => {
    const own = () => ({ uid: newUid(random), creationTimestamp: toKubeTime(clock.now()) });
    ensure(transaction, NAMESPACES, defaultNamespace(own()));
    for (const kind of KARGO_KINDS) ensure(transaction, CUSTOM_RESOURCE_DEFINITIONS, definition(kind, own()));
  });
}

/** What the server sets when it creates an object. */
interface Own {
  readonly uid: string;
  readonly creationTimestamp: string;
}

function defaultNamespace(own: Own): StoredObject {
  const labels = { "kubernetes.io/metadata.name": "default" };
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "default", ...own, labels },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  };
}

function definition(kind: CustomKind, own: Own): StoredObject {
  const { metadata, spec, ...frame } = customResourceDefinition(kind);
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: "True",
    lastTransitionTime: own.creationTimestamp,
    reason,
    message,
  });
  const conditions = [
    condition("NamesAccepted", "NoConflicts", "no conflicts found"),
    condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
  ];
  const status = { conditions, acceptedNames: spec.names, storedVersions: [kind.resource.version] };
  return { ...frame, metadata: { ...metadata, ...own, generation: 1 }, spec, status };
}

function ensure(transaction: Transaction, resource: Resource, wanted: StoredObject): void {
  const current = transaction.get(resource, wanted.metadata.name);
  if (!current) transaction.put(resource, wanted);
  if (!current || resource === NAMESPACES || JSON.stringify(current.spec) === JSON.stringify(wanted.spec)) return;
  const generation = (current.metadata.generation ?? 0) + 1;
  transaction.put(resource, { ...current, metadata: { ...current.metadata, generation }, spec: wanted.spec });
}
