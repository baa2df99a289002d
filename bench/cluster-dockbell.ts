// `dockbell serve` on the API server, in a process of its own: started for one measurement and ended after it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createDeliveryReader } from "../src/deliveries/delivery-reader.ts";
import { DELIVERY_MIGRATIONS } from "../src/deliveries/schema.ts";
import type { DeliveryPage } from "../src/deliveries/told-delivery.ts";
import { receiverURL } from "../src/resources/receiver-url.ts";
import { openDatabase } from "../src/sqlite.ts";
import { eventually } from "../test/support/dockbell.ts";
import { createReplica } from "../test/support/replica.ts";
import type { ClusterApi } from "./cluster-api.ts";
import { RECEIVER } from "./cluster-objects.ts";

export interface ClusterDockbell {
  /** The receiver's. */
  readonly url: string;
  /** Processor time so far, of all its threads. */
  cpuMs(): number;
  residentMegabytes(): number;
}

interface DockbellOptions {
  readonly roles: string;
  /** `0s` answers once the delivery is on disk. */
  readonly answerWithin: string;
}

/** Linux counts processor time in hundredths of a second (proc(5), `stat`). */
const TICK_MS = 10;
const MAX_READ = 100_000;

let started = 0;

/** Returns what `measure` does, and the deliveries as they stood at the end, newest first. */
export async function withDockbell<T>(
  { kubeconfig }: ClusterApi,
  { roles, answerWithin }: DockbellOptions,
  measure: (dockbell: ClusterDockbell) => Promise<T>,
): Promise<{ readonly measured: T; readonly deliveries: readonly DeliveryPage[] }> {
  // Another each time: what an earlier one asked for, and nobody answered, would be taken up.
  const name = `bench-${started++}`;
  const replica = createReplica({ name, kubeconfig, baseURL: "https://dockbell.example.com" });
  try {
    await replica.start("--roles", roles, "--answer-within", answerWithin);
    await eventually(() => replica.output().includes("everything was listed once"), replica.output);
    const measured = await measure({
      url: receiverURL(replica.origin(), RECEIVER).url,
      cpuMs: () => cpuTicks(replica.pid()) * TICK_MS,
      residentMegabytes: () => residentMegabytes(replica.pid()),
    });
    await replica.stop("SIGTERM");
    return { measured, deliveries: await readDeliveries(join(replica.directory, "deliveries.db")) };
  } finally {
    await replica.dispose();
  }
}

async function readDeliveries(path: string): Promise<readonly DeliveryPage[]> {
  const database = openDatabase({ path, migrations: DELIVERY_MIGRATIONS });
  try {
    const reader = createDeliveryReader(database, "bench");
    const { deliveries } = await reader.recent({ limit: MAX_READ, namespace: undefined });
    return deliveries.flatMap(({ id }) => reader.page({ id, continueToken: undefined }) ?? []);
  } finally {
    await database.close();
  }
}

/** The fields behind the command's name, which is in parentheses: `utime` is the twelfth of them. */
function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

function residentMegabytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}
