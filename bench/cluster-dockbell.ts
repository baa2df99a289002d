// `dockbell serve` on the API server, in a process of its own: started for one measurement and ended after it.
import { readFileSync } from "node:fs";
import type { DeliveryRecord } from "../src/deliveries/log.ts";
import { receiverURL } from "../src/resources/receiver-url.ts";
import { createServe } from "../test/support/serve.ts";
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

/** Returns what `measure` does, and the deliveries as they stood at the end, newest first. */
export async function withDockbell<T>(
  { kubeconfig }: ClusterApi,
  { roles, answerWithin }: DockbellOptions,
  measure: (dockbell: ClusterDockbell) => Promise<T>,
): Promise<{ readonly measured: T; readonly deliveries: readonly DeliveryRecord[] }> {
  const flags = ["--roles", roles, "--answer-within", answerWithin];
  const serve = await createServe({ kubeconfig, replica: "bench", flags });
  try {
    await serve.start();
    const measured = await measure({
      url: receiverURL(serve.origin, RECEIVER).url,
      cpuMs: () => cpuTicks(serve.pid()) * TICK_MS,
      residentMegabytes: () => residentMegabytes(serve.pid()),
    });
    await serve.stop("SIGTERM");
    return { measured, deliveries: await serve.deliveries() };
  } finally {
    await serve.dispose();
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
