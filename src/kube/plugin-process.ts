// Runs a credential plugin as a child process; `app` hands in the environment.
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { PluginExit, PluginRun, RunPlugin } from "./exec-plugin.ts";

const MAX_OUTPUT_BYTES = 1024 * 1024;
/** A plugin asks its provider over the network; one that takes longer waits for somebody who is not there. */
const TIMEOUT_MS = 60_000;

export function createPluginRunner(env: Readonly<Record<string, string | undefined>>): RunPlugin {
  return (run) => runPlugin(run, env);
}

async function runPlugin(
  { command, args, env }: PluginRun,
  base: Readonly<Record<string, string | undefined>>,
): Promise<PluginExit> {
  const child = spawn(command, args, {
    env: { ...base, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    signal: AbortSignal.timeout(TIMEOUT_MS),
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
