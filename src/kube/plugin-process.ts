// Runs a credential plugin as a child process; `app` hands in the environment.
import { spawn } from "node:child_process";
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
}

export function createPluginRunner(options: RunnerOptions): RunPlugin {
  return (run) => runPlugin(run, options);
}

async function runPlugin({ command, args, env }: PluginRun, options: RunnerOptions): Promise<PluginExit> {
  const ended = new AbortController();
  const overdue = new AbortController();
  void options.clock.sleep(TIMEOUT_MS, ended.signal).then(() => overdue.abort());
  const child = spawn(command, args, {
    env: { ...options.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    signal: overdue.signal,
    killSignal: "SIGKILL",
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  try {
    const [code] = (await once(child, "close")) as [number | null];
    return { kind: "exited", code, stdout: stdout(), stderr: stderr() };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return { kind: "not-found" };
    throw code === "ABORT_ERR" ? new Error(`it was ended after ${TIMEOUT_MS / 1000} s`, { cause: error }) : error;
  } finally {
    ended.abort();
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
