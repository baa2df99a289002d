// Stage C: one Warehouse, from its key to a pass over it, when one is due. docs/compatibility.md, section 7.
import type { KubeClient } from "../kube/client.ts";
import type { Freight } from "../resources/freight.ts";
import { SHARD_LABEL } from "../resources/kargo.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import type { DiscoverWarehouse } from "./discover.ts";
import { type Schedule, untilDue } from "./due.ts";
import { createMemory, type Memory, newest } from "./memory.ts";
import { discoverOnce, makeFreightOnce } from "./pass.ts";
import { isFreightDue } from "./status.ts";

export interface ReconcileOptions {
  readonly client: KubeClient;
  readonly discover: DiscoverWarehouse;
  readonly schedule: Schedule;
  /** The present state of a Warehouse; undefined when it is gone. */
  readonly get: (key: string) => Warehouse | undefined;
  readonly log: (line: string) => void;
  /** Of Freight that was created. */
  readonly recordEvent: (freight: Freight) => void;
}

/** What the queue does next: run the key again later, or wait for a change. */
export type ReconcileResult = "done" | { readonly afterMs: number };

export interface WarehouseReconciler {
  /** Takes in every state of a Warehouse that is seen, in order; `isRelisted` says that states between may be missing. */
  observe(key: string, warehouse: Warehouse | undefined, isRelisted: boolean): void;
  /** One pass, if one is due. Throws, after it wrote the status, when something failed that may work later. */
  reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult>;
}

export function createWarehouseReconciler(options: ReconcileOptions): WarehouseReconciler {
  const { get, schedule } = options;
  const memories = new Map<string, Memory>();
  const memoryOf = (key: string) => {
    const memory = memories.get(key) ?? createMemory();
    memories.set(key, memory);
    return memory;
  };
  return {
    observe(key, warehouse, isRelisted) {
      if (warehouse && isOurs(warehouse)) memoryOf(key).refreshes.observe(warehouse, isRelisted);
      else memories.delete(key);
    },
    async reconcile(key, signal) {
      const seen = get(key);
      if (!seen || !isOurs(seen)) return "done";
      const memory = memoryOf(key);
      const warehouse = newest(seen, memory.written);
      memory.refreshes.observe(warehouse, false);
      const dueInMs = untilDue(warehouse, memory, schedule);
      if (dueInMs > 0 && !isFreightDue(warehouse)) return { afterMs: dueInMs };
      const pass = { ...options, warehouse, memory, signal };
      const after = await (dueInMs > 0 ? makeFreightOnce(pass) : discoverOnce(pass));
      return after ? { afterMs: untilDue(after, memory, schedule) } : "done";
    },
  };
}

/** Not being deleted, and of no shard. */
function isOurs({ metadata }: Warehouse): boolean {
  return !metadata.deletionTimestamp && !metadata.labels?.[SHARD_LABEL];
}
