// The status of a Project: whether its namespace stands, and how many Warehouses it holds. docs/compatibility.md, section 1.4.
import type { Condition } from "../resources/condition.ts";
import { removeCondition, setCondition } from "../resources/conditions.ts";
import { PROJECT_LABEL } from "../resources/kargo.ts";
import type { Project } from "../resources/project.ts";
import type { Warehouse } from "../resources/warehouse.ts";

/** What came of making sure that the namespace is there. */
export type NamespaceOutcome =
  | { readonly kind: "ensured" }
  /** It was there before, without the label: only a user can say whose it is. */
  | { readonly kind: "not-a-projects" }
  | { readonly kind: "failed"; readonly message: string; readonly error: Error };

interface Seen {
  readonly outcome: NamespaceOutcome;
  /** Of every namespace. */
  readonly warehouses: Iterable<Warehouse>;
  /** RFC 3339, whole seconds. */
  readonly now: string;
}

/** Of the whole status, absent fields as null: what a merge patch needs to remove them. */
export function projectStatus(project: Project, { outcome, warehouses, now }: Seen) {
  const conditions = conditionsAfter(project, outcome, now);
  if (outcome.kind !== "ensured") return projectStatusFields({ ...project.status, conditions: [...conditions] });
  const { count, healthy } = countWarehouses(project.metadata.name, warehouses);
  return projectStatusFields({ conditions: [...conditions], stats: { warehouses: { count, health: { healthy } } } });
}

/** Zeros are absent, as in Kargo's status; Stages are not ours to count. */
export function projectStatusFields(status: Project["status"]) {
  const { count, health } = status?.stats?.warehouses ?? {};
  return {
    conditions: status?.conditions ?? [],
    stats: {
      stages: { health: {} },
      warehouses: { count: count || null, health: { healthy: health?.healthy || null } },
    },
  };
}

function countWarehouses(namespace: string, warehouses: Iterable<Warehouse>): { count: number; healthy: number } {
  let count = 0;
  let healthy = 0;
  for (const { metadata, status } of warehouses) {
    if (metadata.namespace !== namespace) continue;
    count += 1;
    if (status?.conditions?.some(({ type, status: is }) => type === "Healthy" && is === "True")) healthy += 1;
  }
  return { count, healthy };
}

function conditionsAfter({ metadata, status }: Project, outcome: NamespaceOutcome, now: string): readonly Condition[] {
  const observedGeneration = metadata.generation ?? 0;
  const before = status?.conditions ?? [];
  const ready = { type: "Ready", observedGeneration };
  if (outcome.kind === "ensured") {
    const message = "Project is synced and ready for use";
    const settled = removeCondition(removeCondition(before, "Reconciling"), "Stalled");
    return setCondition(settled, { ...ready, status: "True", reason: "Synced", message }, now);
  }
  const { name } = metadata;
  const why = outcome.kind === "failed" ? outcome.message : foreignNamespace(name);
  const message = `Failed to ensure existence of project namespace: ${why}`;
  const syncing = { type: "Reconciling", status: "True", reason: "Syncing", observedGeneration } as const;
  const started = setCondition(before, { ...syncing, message: "Ensuring project namespace and permissions" }, now);
  const failed = setCondition(started, { ...ready, status: "False", reason: "EnsuringNamespaceFailed", message }, now);
  if (outcome.kind === "failed") return removeCondition(failed, "Stalled");
  return setCondition(failed, { ...stalled(name), observedGeneration }, now);
}

function foreignNamespace(name: string): string {
  return `failed to sync Project "${name}" with namespace "${name}": namespace already exists and is not labeled as a Project namespace`;
}

function stalled(name: string) {
  const message = `Namespace "${name}" already exists but is not labeled as a Project namespace using label "${PROJECT_LABEL}"`;
  return { type: "Stalled", status: "True", reason: "ExistingNamespaceMissingLabel", message } as const;
}
