// Runs `dockbell serve` as a pod would: a child process with a data directory and ports of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { freePort } from "../../src/app/data-directory.ts";
import { createDeliveryLog, type DeliveryRecord } from "../../src/deliveries/log.ts";
import { DELIVERY_MIGRATIONS } from "../../src/deliveries/schema.ts";
import { openDatabase } from "../../src/sqlite.ts";
import { eventually } from "./dockbell.ts";

const MAIN = join(dirname(dirname(import.meta.dirname)), "src", "app", "main.ts");
const MAX_READ = 100_000;

export interface ServeOptions {
  readonly kubeconfig: string;
  readonly replica: string;
  /** Beside those that name the cluster, the replica, the data directory and the ports. */
  readonly flags?: readonly string[];
  /** Of Node itself. */
  readonly nodeFlags?: readonly string[];
}

export interface Serve {
  /** `http://host:port` of the webhook listener; the same after a restart. */
  readonly origin: string;
  pid(): number;
  /** Everything printed since the last start. */
  output(): string;
  /** Resolves when every kind was listed once. */
  start(): Promise<void>;
  /** Ends the process and waits until it is gone. */
  stop(signal: NodeJS.Signals): Promise<void>;
  /** What stands in the delivery log, newest first; the process must have ended. */
  deliveries(): Promise<readonly DeliveryRecord[]>;
  /** Stops it and removes its data directory. */
  dispose(): Promise<void>;
}

export async function createServe({ kubeconfig, replica, flags = [], nodeFlags = [] }: ServeOptions): Promise<Serve> {
  const directory = mkdtempSync(join(tmpdir(), "dockbell-serve-"));
  const listen = `127.0.0.1:${await freePort()}`;
  const fixed = { kubeconfig, replica, "data-dir": directory, listen, "admin-listen": "127.0.0.1:0" };
  const base = { "base-url": `http://${listen}`, "shutdown-delay": "0s" };
  const named = Object.entries({ ...fixed, ...base }).flatMap(([name, value]) => [`--${name}`, value]);
  let child: ChildProcess | undefined;
  let output = "";

  const stop = async (signal: NodeJS.Signals) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  };

  return {
    origin: `http://${listen}`,
    pid: () => child?.pid ?? 0,
    output: () => output,
    async start() {
      output = "";
      child = spawn(process.execPath, [...nodeFlags, MAIN, "serve", ...named, ...flags], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (output += chunk));
      await eventually(
        () => output.includes("everything was listed once"),
        () => output,
      );
    },
    stop,
    async deliveries() {
      const database = openDatabase({ path: join(directory, "deliveries.db"), migrations: DELIVERY_MIGRATIONS });
      try {
        return createDeliveryLog(database).recent(MAX_READ);
      } finally {
        await database.close();
      }
    },
    async dispose() {
      await stop("SIGKILL");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
