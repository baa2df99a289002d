// The namespace that a Project and what belongs to it live in.
import { toKubeTime } from "../clock.ts";
import { NAMESPACES, type Namespace } from "../resources/core.ts";
import { PROJECT_LABEL } from "../resources/kargo.ts";
import { projectConflict, projectViolations } from "../resources/project-rules.ts";
import { apiVersionOf } from "../resources/resource.ts";
import type { Violation } from "../resources/violation.ts";
import type { WriteContext } from "./call.ts";
import { createdMetadata, newUid } from "./metadata.ts";
import { detailsOf, notFound, qualified, StatusError } from "./statuses.ts";
import type { StoredObject } from "./store.ts";

/** What is wrong with the place of a new Warehouse or Freight. */
export function placeViolations(context: WriteContext, object: StoredObject): readonly Violation[] {
  return projectViolations(namespaceOf(context, object));
}

export function namespaceOf({ transaction }: WriteContext, { metadata: { namespace = "" } }: StoredObject): Namespace {
  const found = transaction.get(NAMESPACES, namespace);
  if (!found) throw notFound(NAMESPACES, namespace);
  return found as unknown as Namespace;
}

/** A new Project takes over the namespace of its name, or makes it, so that what follows it in a manifest has a place. */
export function ensureProjectNamespace(context: WriteContext, { metadata: { name } }: StoredObject): void {
  const { transaction, kind, clock, random, isDryRun } = context;
  const existing = transaction.get(NAMESPACES, name);
  if (existing) {
    const conflict = projectConflict(existing as unknown as Namespace);
    if (conflict === undefined) return;
    const message = `Operation cannot be fulfilled on ${qualified(kind.resource)} "${name}": ${conflict}`;
    throw new StatusError(409, "Conflict", message, detailsOf(kind.resource, name));
  }
  if (isDryRun) return;
  const own = { name, namespace: undefined, uid: newUid(random), creationTimestamp: toKubeTime(clock.now()) };
  const labels = { [PROJECT_LABEL]: "true" };
  const metadata = createdMetadata(NAMESPACES, { labels }, { ...own, generation: undefined });
  const identity = { apiVersion: apiVersionOf(NAMESPACES), kind: NAMESPACES.kind };
  const namespace = { ...identity, metadata, spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } };
  transaction.put(NAMESPACES, JSON.parse(JSON.stringify(namespace)) as StoredObject);
}
