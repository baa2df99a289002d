// When a Warehouse's next pass is due; `reconcile` calls it. docs/compatibility.md, sections 7.1 and 7.2.
import type { Clock } from "../clock.ts";
import { parseDuration } from "../resources/duration.ts";
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import type { Memory } from "./memory.ts";
import { readOpenPushes } from "./open-pushes.ts";

/** Of a Warehouse that names none, or `0s`: scans without a pause would use up what a registry lets anybody ask. */
const DEFAULT_INTERVAL_MS = 5 * 60_000;
const SHORTEST_INTERVAL_MS = 1_000;

export interface Schedule {
  readonly clock: Clock;
  /** No Warehouse is discovered more often unless it is asked for. */
  readonly minIntervalMs: number;
}

/** Milliseconds until discovery must run; 0 or less when it must run now. */
export function untilDue(warehouse: Warehouse, memory: Memory, schedule: Schedule): number {
  const now = schedule.clock.monotonicMs();
  const untilLook = (memory.awaited.lookAt ?? Number.POSITIVE_INFINITY) - now;
  if (memory.unusable?.request === requestOf(warehouse)) return Math.min(untilLook, memory.unusable.untilMs - now);
  return isAskedFor(warehouse, memory) ? 0 : Math.min(untilLook, untilInterval(warehouse, memory, schedule));
}

/** What a user asks for: another spec or another refresh is another. */
export function requestOf({ metadata }: Warehouse): string {
  return `${metadata.uid} ${metadata.generation} ${metadata.annotations?.[REFRESH_ANNOTATION]}`;
}

export function intervalMs({ spec }: Warehouse, { minIntervalMs }: Schedule): number {
  const askedMs = spec.interval ? parseDuration(spec.interval) : 0;
  return Math.max(SHORTEST_INTERVAL_MS, minIntervalMs, askedMs || DEFAULT_INTERVAL_MS);
}

function isAskedFor(warehouse: Warehouse, memory: Memory): boolean {
  const { metadata, status = {} } = warehouse;
  const token = metadata.annotations?.[REFRESH_ANNOTATION] ?? status.lastHandledRefresh ?? "";
  return (
    status.discoveredArtifacts?.discoveredAt === undefined ||
    (metadata.generation ?? 0) > (status.observedGeneration ?? 0) ||
    token !== (status.lastHandledRefresh ?? "") ||
    memory.isUnfinished ||
    !memory.awaited.knows(readOpenPushes(warehouse))
  );
}

/** From the last discovery, and from the last that asked for everything. */
function untilInterval(warehouse: Warehouse, { fullScanAt }: Memory, schedule: Schedule): number {
  const { clock } = schedule;
  const interval = intervalMs(warehouse, schedule);
  const discoveredAt = Date.parse(warehouse.status?.discoveredArtifacts?.discoveredAt ?? "");
  // A clock that was ahead may have written a moment that is far away.
  const untilAnyScan = Math.min(interval, discoveredAt + interval - clock.now());
  return fullScanAt === undefined ? untilAnyScan : Math.min(untilAnyScan, fullScanAt + interval - clock.monotonicMs());
}
