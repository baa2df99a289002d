// The Table that `kubectl get` prints, as meta.k8s.io/v1 has it. Held to a real server by test/e2e/kubectl-get.
import type { ServedKind } from "./kinds.ts";
import type { StoredObject } from "./store.ts";

interface TableOptions {
  readonly nowMs: number;
  /** The query parameter: Metadata (the default), Object or None. */
  readonly includeObject: string | null;
  /** Of the list, or of the one object. */
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  /** False for all but the first Table of a watch. */
  readonly hasColumns?: boolean;
}

export function wantsTable(accept: string): boolean {
  return accept.includes("as=Table");
}

/** A bookmark of a watch is a row too, of an object that has nothing but its resource version. */
export function tableOf(kind: ServedKind, objects: readonly StoredObject[], options: TableOptions) {
  const { nowMs, includeObject, metadata, hasColumns = true } = options;
  const rows = objects.map((object) => ({
    cells: kind.columns.map(({ cell }) => cell(object, nowMs)),
    object: included(object, includeObject),
  }));
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: definitions(kind, hasColumns),
    rows,
  };
}

function definitions({ columns }: ServedKind, hasColumns: boolean) {
  return hasColumns ? columns.map(({ cell: _cell, ...definition }) => definition) : null;
}

function included(object: StoredObject, includeObject: string | null): unknown {
  if (includeObject === "None") return null;
  return includeObject === "Object" ? object : partial(object.metadata);
}

function partial(metadata: object): unknown {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
}
