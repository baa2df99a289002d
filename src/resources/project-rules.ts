// What Kargo and its webhooks ask of the namespace of a Project and of what lives in it: docs/compatibility.md, sections
// 1.4 and 10.
import type { Namespace } from "./core.ts";
import { KEEP_NAMESPACE_ANNOTATION, PROJECT_LABEL } from "./kargo.ts";
import type { KubeObject } from "./kube-object.ts";
import { invalidValue, type Violation } from "./violation.ts";

export function isProjectNamespace({ metadata }: Pick<Namespace, "metadata">): boolean {
  return metadata.labels?.[PROJECT_LABEL] === "true";
}

/** Of a Project or its namespace: the namespace outlives the Project. */
export function keepsNamespace({ metadata }: Pick<KubeObject, "metadata">): boolean {
  return metadata.annotations?.[KEEP_NAMESPACE_ANNOTATION] === "true";
}

/** Of a new Warehouse or Freight in this namespace. */
export function projectViolations(namespace: Namespace): readonly Violation[] {
  const { name } = namespace.metadata;
  if (isProjectNamespace(namespace)) return [];
  return [invalidValue("metadata.namespace", name, `namespace "${name}" is not a project`)];
}

/** Why a new ProjectConfig may not stand in this namespace; undefined when it may. */
export function projectConfigRefusal(namespace: Namespace): string | undefined {
  if (isProjectNamespace(namespace)) return undefined;
  const { name } = namespace.metadata;
  return `namespace "${name}" does not belong to Kargo project (missing "${PROJECT_LABEL}" label)`;
}

/** Why a new Project cannot have the namespace of its name; undefined when it can. */
export function projectConflict(namespace: Namespace): string | undefined {
  const { name, deletionTimestamp } = namespace.metadata;
  const failed = `failed to initialize Project "${name}" because namespace "${name}"`;
  if (!isProjectNamespace(namespace)) return `${failed} already exists and is not labeled as a Project namespace`;
  if (!deletionTimestamp) return undefined;
  return `${failed} is still being terminated; please try again after the namespace has been fully deleted`;
}
