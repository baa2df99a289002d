// What the controller remembers of one Warehouse from pass to pass. It may be lost at any time: the next pass then asks
// for more than it would have to, and comes to the same result.
import { isDeepStrictEqual } from "node:util";
import { isAtLeast } from "../kube/resource-version.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import { AwaitedPushes } from "./awaited-pushes.ts";
import type { Scan } from "./findings.ts";
import { SeenRefreshes } from "./seen-refreshes.ts";

export interface Memory {
  readonly refreshes: SeenRefreshes;
  readonly awaited: AwaitedPushes;
  /** A pass was begun and has not discovered everything, or could not write it down. */
  isUnfinished: boolean;
  /** The Warehouse as our last status patch returned it. */
  written: Warehouse | undefined;
  scan: Scan;
  /** When a pass last asked for everything; monotonic milliseconds. */
  fullScanAt: number | undefined;
  /** What was asked cannot be discovered as the spec stands: not tried again before. Monotonic milliseconds. */
  unusable: { readonly request: string; readonly untilMs: number } | undefined;
}

export function createMemory(): Memory {
  return {
    refreshes: new SeenRefreshes(),
    awaited: new AwaitedPushes(),
    isUnfinished: false,
    written: undefined,
    scan: new Map(),
    fullScanAt: undefined,
    unusable: undefined,
  };
}

/** Our own write may be newer than what the watch has told. */
export function newest(seen: Warehouse, written: Warehouse | undefined): Warehouse {
  return written && isAtLeast(versionOf(written), versionOf(seen)) ? written : seen;
}

function versionOf({ metadata }: Warehouse): string {
  return metadata.resourceVersion ?? "0";
}

/** Whether spec and status are those of our last pass. */
export function isAsWritten(warehouse: Warehouse, { written }: Memory): boolean {
  return (
    written !== undefined &&
    written.metadata.uid === warehouse.metadata.uid &&
    written.metadata.generation === warehouse.metadata.generation &&
    isDeepStrictEqual(written.status, warehouse.status)
  );
}
