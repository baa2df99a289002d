// `dockbell up --example` in a process of its own, as several subjects need it.
import { readFileSync } from "node:fs";
import { PROJECT_CONFIGS, type ProjectConfig } from "../src/resources/project-config.ts";
import { createDockbell, type Dockbell } from "../test/support/dockbell.ts";

export async function startExample(dockbell: Dockbell): Promise<void> {
  await dockbell.start("--example", "--answer-within", "0s");
}

/** Hands a running example over and disposes of it afterwards, whatever happens; `nodeFlags` are those of its process. */
export async function withExample(
  measure: (dockbell: Dockbell) => Promise<void>,
  nodeFlags: readonly string[] = [],
): Promise<void> {
  const dockbell = createDockbell(nodeFlags);
  try {
    await startExample(dockbell);
    await measure(dockbell);
  } finally {
    await dockbell.dispose();
  }
}

/** The URL of the example's receiver. */
export async function receiverURL({ client }: Dockbell): Promise<string> {
  const config = await client.get<ProjectConfig>(PROJECT_CONFIGS, { namespace: "kargo-demo", name: "kargo-demo" });
  return config?.status?.webhookReceivers?.[0]?.url ?? "";
}

export function residentMegabytes({ pid }: Dockbell): number {
  const status = readFileSync(`/proc/${pid()}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
}
