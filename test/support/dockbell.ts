// Runs `dockbell up` as users do: a child process on its own data directory, spoken to over its sockets.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { freePort } from "../../src/app/data-directory.ts";
import { SYSTEM_CLOCK } from "../../src/app/system.ts";
import { createNetworkTransport, type NetworkTransport } from "../../src/http/transport.ts";
import { createKubeClient, type KubeClient } from "../../src/kube/client.ts";

export const MAIN = join(dirname(dirname(import.meta.dirname)), "src", "app", "main.ts");
const DEADLINE_MS = 20_000;

export interface Dockbell {
  readonly directory: string;
  readonly client: KubeClient;
  readonly network: NetworkTransport;
  /** Everything printed so far. */
  output(): string;
  start(...flags: readonly string[]): Promise<void>;
  /** Ends the process and waits until it is gone; returns its exit code. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
  /** The running process. */
  pid(): number;
  run(...args: readonly string[]): Promise<{ code: number | null; output: string }>;
  /** Stops it and removes the directory. */
  dispose(): Promise<void>;
}

/** `nodeFlags` are those of the processes that it starts. */
export function createDockbell(nodeFlags: readonly string[] = []): Dockbell {
  const directory = mkdtempSync(join(tmpdir(), "dockbell-"));
  const read = (name: string) => readFileSync(join(directory, name), "utf8");
  let child: ChildProcess | undefined;
  let output = "";
  /** The same after a restart, so that URLs stay. */
  let port: string | undefined;
  const network = createNetworkTransport({});
  const kube = { network: undefined as NetworkTransport | undefined, client: undefined as KubeClient | undefined };

  const stop = async (signal: NodeJS.Signals) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exited = once(child, "exit");
    child.kill(signal);
    const [code] = (await exited) as [number | null];
    return code;
  };

  return {
    directory,
    network,
    get client() {
      kube.network ??= createNetworkTransport({
        tls: { ca: (JSON.parse(read("certificate.json")) as { certPem: string }).certPem },
      });
      kube.client ??= createKubeClient({
        transport: kube.network.transport,
        server: `https://127.0.0.1:${read("kube-port")}`,
        token: () => read("token"),
        userAgent: "test",
      });
      return kube.client;
    },
    output: () => output,
    async start(...flags) {
      output = "";
      port ??= await freePort();
      const listen = ["--listen", `127.0.0.1:${port}`, "--admin-listen", "127.0.0.1:0"];
      const args = [...nodeFlags, MAIN, "up", "--data-dir", directory, ...listen, ...flags];
      child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
      for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (output += chunk));
      await eventually(
        () => output.includes("is ready"),
        () => output,
      );
    },
    stop,
    pid: () => child?.pid ?? 0,
    async run(...args) {
      const run = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
      let text = "";
      for (const stream of [run.stdout, run.stderr]) stream.on("data", (chunk: Buffer) => (text += chunk));
      const [code] = (await once(run, "close")) as [number | null];
      return { code, output: text };
    },
    async dispose() {
      await stop("SIGKILL");
      network.close();
      kube.network?.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Waits until the claim holds, asking again after `everyMs`; fails with what `explain` says. */
export async function eventually(
  claim: () => boolean | Promise<boolean>,
  explain: () => string,
  everyMs = 20,
): Promise<void> {
  const deadline = SYSTEM_CLOCK.monotonicMs() + DEADLINE_MS;
  while (!(await claim())) {
    if (SYSTEM_CLOCK.monotonicMs() > deadline) throw new Error(`did not become true: ${explain()}`);
    await SYSTEM_CLOCK.sleep(everyMs);
  }
}

/** Whether there is such a process; one that was killed is there until its parent has heard of it. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
