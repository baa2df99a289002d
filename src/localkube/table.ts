// The Table that `kubectl get` prints: embedded-api.md, section 7.
import type { ServedKind } from "./kinds.ts";
import type { StoredObject } from "./store.ts";

export function wantsTable(accept: string): boolean {
  return accept.includes("as=Table");
}

/** `includeObject` is the query parameter's: Metadata (the default), Object or None. */
export function tableOf(
  kind: ServedKind,
  objects: readonly StoredObject[],
  {
    nowMs,
    includeObject,
    resourceVersion,
    hasColumns = true,
  }: { nowMs: number; includeObject: string | null; resourceVersion: string; hasColumns?: boolean },
) {
  const rows = objects.map((object) => ({
    cells: [object.metadata.name, ...kind.columns.map(({ cell }) => cell(object)), ageOf(object, nowMs)],
    object: included(object, includeObject),
  }));
  const columnDefinitions = hasColumns ? definitions(kind) : null;
  return { kind: "Table", apiVersion: "meta.k8s.io/v1", metadata: { resourceVersion }, columnDefinitions, rows };
}

function definitions(kind: ServedKind) {
  const base = { format: "", description: "", priority: 0 };
  return [
    { ...base, name: "Name", type: "string", format: "name" },
    ...kind.columns.map(({ name, type }) => ({ ...base, name, type })),
    { ...base, name: "Age", type: "string" },
  ];
}

function included(object: StoredObject, includeObject: string | null): unknown {
  if (includeObject === "None") return null;
  if (includeObject === "Object") return object;
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata };
}

/** As kubectl prints ages: two units while they tell something. */
function ageOf({ metadata }: StoredObject, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(metadata.creationTimestamp ?? "")) / 1000));
  if (Number.isNaN(seconds)) return "<unknown>";
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (seconds < 120) return `${seconds}s`;
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (hours < 3) return `${minutes}m`;
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}
