// Runs a credential plugin as a child process; `app` hands in the environment.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Clock } from "../clock.ts";
import type { PluginExit, PluginRun, RunPlugin } from "./exec-plugin.ts";

const MAX_OUTPUT_BYTES = 1024 * 1024;
/** A plugin asks its provider over the network; one that takes longer waits for somebody who is not there. */
const TIMEOUT_MS = 60_000;

interface RunnerOptions {
  /** Of this process; a plugin's own variables win over it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Ends the plugins that run, and lets none begin. */
  readonly signal: AbortSignal;
  /**
   * A process group for each, which ends with whatever it started, and which a Ctrl-C at our terminal does not reach: for a
   * process that goes on after one. Else the terminal ends them with us.
   */
  readonly areApart: boolean;
}

export function createPluginRunner(options: RunnerOptions): RunPlugin {
  return (run) => runPlugin(run, options);
}

async function runPlugin({ command, args, env }: PluginRun, options: RunnerOptions): Promise<PluginExit> {
  const { clock, signal, areApart } = options;
  if (signal.aborted) throw new Error("it was not begun, because the connection is closed");
  const exited = new AbortController();
  const overdue = new AbortController();
  void clock.sleep(TIMEOUT_MS, exited.signal).then(() => overdue.abort());
  const end = AbortSignal.any([signal, overdue.signal]);
  const child = spawn(command, args, {
    env: { ...options.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: areApart,
  });
  const killNow = () => kill(child, areApart);
  end.addEventListener("abort", killNow);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  try {
    const [code] = (await once(child, "close", { signal: end })) as [number | null];
    return { kind: "exited", code, stdout: stdout(), stderr: stderr() };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return { kind: "not-found" };
    if (code !== "ABORT_ERR") throw error;
    const why = signal.aborted ? "with the connection" : `after ${TIMEOUT_MS / 1000} s`;
    throw new Error(`it was ended ${why}`, { cause: error });
  } finally {
    // Its number may be another's by the time that the connection is closed.
    end.removeEventListener("abort", killNow);
    exited.abort();
  }
}

/** Within the call, since we may be gone after it. */
function kill(child: ChildProcess, areApart: boolean): void {
  if (!areApart || child.pid === undefined) {
    child.kill("SIGKILL");
    return;
  }
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    // All of the group is gone.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** What was written up to the bound; the rest is read and dropped, so that the child does not wait for us. */
function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    if (bytes < MAX_OUTPUT_BYTES) chunks.push(chunk);
    bytes += chunk.length;
  });
  return () => Buffer.concat(chunks).toString();
}
