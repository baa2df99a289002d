// Runs a credential plugin as a child process; `app` hands in the environment.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { PluginExit, PluginRun, RunPlugin } from "./exec-plugin.ts";

const MAX_OUTPUT_BYTES = 1024 * 1024;
/** A plugin asks its provider over the network; one that takes longer waits for somebody who is not there. */
const TIMEOUT_MS = 60_000;

/** Why none was begun, by the system's code. */
const NOT_BEGUN: Readonly<Record<string, string>> = {
  ENOENT: "there is no such executable",
  EACCES: "it may not be executed by this user",
  EPERM: "it may not be executed by this user",
  EMFILE: "this process has too many files open",
  ENFILE: "this machine has too many files open",
  EAGAIN: "this user has too many processes",
};

interface RunnerOptions {
  /** Of this process; a plugin's own variables win over it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Ends the plugins that run, and lets none begin. */
  readonly signal: AbortSignal;
}

export function createPluginRunner(options: RunnerOptions): RunPlugin {
  return async (run) => {
    if (options.signal.aborted) throw new Error("it was not begun, because the connection is closed");
    return ended(begin(run, options.env), options);
  };
}

/**
 * In a process group of its own, which ends with whatever it starts, and which a Ctrl-C at our terminal does not reach:
 * a process that serves on after one needs it until then.
 */
function begin({ command, args, env }: PluginRun, ours: RunnerOptions["env"]): ChildProcess {
  try {
    return spawn(command, args, { env: { ...ours, ...env }, stdio: ["ignore", "pipe", "pipe"], detached: true });
  } catch (error) {
    throw notBegun(error);
  }
}

async function ended(child: ChildProcess, { clock, signal }: RunnerOptions): Promise<PluginExit> {
  const exited = new AbortController();
  const overdue = new AbortController();
  void clock.sleep(TIMEOUT_MS, exited.signal).then(() => overdue.abort());
  const end = AbortSignal.any([signal, overdue.signal]);
  let isKillable = true;
  const killNow = () => {
    isKillable = kill(child);
  };
  end.addEventListener("abort", killNow);
  try {
    const closed = once(child, "close", { signal: end });
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    const [code] = (await closed) as [number | null];
    return { code, stdout: stdout(), stderr: stderr() };
  } catch (error) {
    if (!end.aborted) throw notBegun(error);
    const when = signal.aborted ? "with the connection" : `after ${TIMEOUT_MS / 1000} s`;
    const what = isKillable ? `it was ended ${when}` : `it had to end ${when}, but may not be killed by this user`;
    throw new Error(what, { cause: error });
  } finally {
    // Its number may be another's by the time that the connection is closed.
    end.removeEventListener("abort", killNow);
    exited.abort();
  }
}

function notBegun(error: unknown): Error {
  const { code = "" } = error as NodeJS.ErrnoException;
  return new Error(NOT_BEGUN[code] ?? `it could not be begun: ${messageOf(error)}`, { cause: error });
}

/** Within the call, since we may be gone after it. False when it runs on, because it has become another user's. */
function kill({ pid }: ChildProcess): boolean {
  try {
    return pid === undefined || process.kill(-pid, "SIGKILL");
  } catch (error) {
    // All of the group is gone.
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** What was written up to the bound; the rest is read and dropped, so that the child does not wait for us. */
function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // One that could not be begun has none.
  stream?.on("data", (chunk: Buffer) => {
    if (bytes < MAX_OUTPUT_BYTES) chunks.push(chunk);
    bytes += chunk.length;
  });
  return () => Buffer.concat(chunks).toString();
}
