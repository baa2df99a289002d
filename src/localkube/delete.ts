// Delete, of one object or of a selection: preconditions, finalizers, and how what belongs to the object goes on.
// Held to a real server by test/contract/kube-delete.
import { toKubeTime } from "../clock.ts";
import type { HttpResponse } from "../http/message.ts";
import { NAMESPACES } from "../resources/core.ts";
import { apiVersionOf, type Resource } from "../resources/resource.ts";
import { answerValue, objectAnswer } from "./answers.ts";
import { readOptionalObject } from "./body.ts";
import { type Call, type ObjectAddress, storeKey, type WriteContext, write } from "./call.ts";
import { withoutUndefined } from "./create.ts";
import { listPage } from "./list.ts";
import { type DeleteOptions, deleteOptionsOf, type PropagationPolicy } from "./request-options.ts";
import { detailsOf, kindConflict, notFound, qualified, StatusError } from "./statuses.ts";
import type { StoredObject } from "./store.ts";

export const FOREGROUND_FINALIZER = "foregroundDeletion";
export const ORPHAN_FINALIZER = "orphan";

const LASTING_NAMESPACES = ["default", "kube-system", "kube-public"];

export async function remove(call: Call, target: ObjectAddress): Promise<HttpResponse> {
  const { kind } = call.route;
  const options = deleteOptionsOf(call.query, await readOptionalObject(call.request));
  const { object, isGone } = await write(call, options.isDryRun, (context) => deleteObject(context, target, options));
  if (!isGone) return objectAnswer(call, 200, object);
  const { uid } = object.metadata;
  const details = { ...detailsOf(kind.resource, target.name), ...(uid && { uid }) };
  return answerValue(call, 200, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details });
}

/** Answers with the list of what was deleted. */
export async function removeCollection(call: Call): Promise<HttpResponse> {
  const { store, query, route } = call;
  const { kind, namespace } = route;
  const body = await readOptionalObject(call.request);
  const options = deleteOptionsOf(query, body);
  const { objects, resourceVersion } = listPage(store, kind, { namespace, query });
  const items = await write(call, options.isDryRun, (context) =>
    objects.flatMap(({ metadata }) => {
      if (!context.transaction.get(kind.resource, storeKey(metadata.namespace, metadata.name))) return [];
      const target = { namespace: metadata.namespace, name: metadata.name, isStatus: false };
      return [deleteObject(context, target, options).object];
    }),
  );
  const { resource } = kind;
  const metadata = { resourceVersion, ...(kind.isCustom && { continue: "" }) };
  return answerValue(call, 200, { apiVersion: apiVersionOf(resource), kind: `${resource.kind}List`, metadata, items });
}

/** `isGone` is false while finalizers (or, of a Namespace, its content) keep the object. */
export function deleteObject(
  context: WriteContext,
  target: ObjectAddress,
  options: Omit<DeleteOptions, "isDryRun">,
): { readonly object: StoredObject; readonly isGone: boolean } {
  const { transaction, kind, isDryRun } = context;
  const { resource } = kind;
  const current = transaction.get(resource, storeKey(target.namespace, target.name));
  if (!current) throw notFound(resource, target.name);
  checkPreconditions(resource, current, options);
  if (resource === NAMESPACES && LASTING_NAMESPACES.includes(target.name)) throw lasting(target.name);
  const finalizers = finalizersFor(current.metadata.finalizers ?? [], options.propagationPolicy);
  const isGone = finalizers.length === 0 && resource !== NAMESPACES;
  if (isGone) return { object: isDryRun ? current : transaction.remove(resource, current), isGone };
  const object = terminating(context, current, finalizers);
  if (object === current || isDryRun) return { object, isGone };
  return { object: transaction.put(resource, object), isGone };
}

/** What a policy asks for is done by whoever removes its finalizer: see garbage.ts. */
function finalizersFor(finalizers: readonly string[], policy: PropagationPolicy | undefined): readonly string[] {
  if (policy === undefined) return finalizers;
  const others = finalizers.filter((one) => one !== FOREGROUND_FINALIZER && one !== ORPHAN_FINALIZER);
  if (policy === "Foreground") return [...others, FOREGROUND_FINALIZER];
  return policy === "Orphan" ? [...others, ORPHAN_FINALIZER] : others;
}

/** The same object when nothing changes by it. */
function terminating(
  { kind, clock }: WriteContext,
  current: StoredObject,
  finalizers: readonly string[],
): StoredObject {
  const { metadata } = current;
  const hasSameFinalizers = finalizers.join() === (metadata.finalizers ?? []).join();
  if (metadata.deletionTimestamp && hasSameFinalizers) return current;
  const isNamespace = kind.resource === NAMESPACES;
  const begun = metadata.deletionTimestamp
    ? {}
    : {
        deletionTimestamp: toKubeTime(clock.now()),
        ...(!isNamespace && { deletionGracePeriodSeconds: 0 }),
        ...(kind.isCustom && { generation: (metadata.generation ?? 0) + 1 }),
      };
  return withoutUndefined({
    ...current,
    metadata: { ...metadata, ...begun, finalizers: finalizers.length > 0 ? finalizers : undefined },
    ...(isNamespace && { status: { ...current.status, phase: "Terminating" } }),
  });
}

function checkPreconditions(
  resource: Resource,
  { metadata }: StoredObject,
  options: Omit<DeleteOptions, "isDryRun">,
): void {
  if (options.uid !== undefined && options.uid !== metadata.uid) {
    const why = `the UID in the precondition (${options.uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`;
    throw kindConflict(resource, metadata.name, why);
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`;
    throw kindConflict(resource, metadata.name, why);
  }
}

function lasting(name: string): StatusError {
  const message = `${qualified(NAMESPACES)} "${name}" is forbidden: this namespace may not be deleted`;
  return new StatusError(403, "Forbidden", message, detailsOf(NAMESPACES, name));
}
