// Runs `dockbell serve` as a pod does: a child process with a kubeconfig, on a data directory of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../src/app/data-directory.ts";
import { readBody } from "../../src/http/message.ts";
import { createNetworkTransport } from "../../src/http/transport.ts";
import { eventually } from "./dockbell.ts";
import { ROOT } from "./pages.ts";

export interface Serving {
  /** Everything printed so far. */
  output(): string;
  post(path: string, body: string): Promise<{ readonly status: number; readonly text: string }>;
  stop(): Promise<void>;
}

const MAIN = join(ROOT, "src", "app", "main.ts");
const MAX_ANSWER_BYTES = 10_000;

/** Ready when it resolves. */
export async function startServing(kubeconfig: string, ...flags: readonly string[]): Promise<Serving> {
  const directory = mkdtempSync(join(tmpdir(), "dockbell-serve-"));
  const port = await freePort();
  const { child, printed } = spawnServe(kubeconfig, [
    "--data-dir",
    directory,
    "--listen",
    `127.0.0.1:${port}`,
    ...flags,
  ]);
  await eventually(
    () => printed.text.includes("ready: "),
    () => printed.text,
  );
  const network = createNetworkTransport({});
  return {
    output: () => printed.text,
    async post(path, text) {
      const [url, body] = [`http://127.0.0.1:${port}${path}`, Buffer.from(text)];
      const answer = await network.transport({ method: "POST", url, headers: {}, body });
      return { status: answer.status, text: Buffer.from(await readBody(answer.body, MAX_ANSWER_BYTES)).toString() };
    },
    async stop() {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
      network.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** One that is to end by itself: its exit code and what it printed. */
export async function runServing(
  kubeconfig: string,
  ...flags: readonly string[]
): Promise<{ readonly code: number | null; readonly output: string }> {
  const directory = mkdtempSync(join(tmpdir(), "dockbell-serve-"));
  const { child, printed } = spawnServe(kubeconfig, ["--data-dir", directory, "--listen", "127.0.0.1:0", ...flags]);
  const [code] = (await once(child, "exit")) as [number | null];
  rmSync(directory, { recursive: true, force: true });
  return { code, output: printed.text };
}

function spawnServe(kubeconfig: string, flags: readonly string[]): { child: ChildProcess; printed: { text: string } } {
  const args = [MAIN, "serve", "--kubeconfig", kubeconfig, "--admin-listen", "127.0.0.1:0", "--replica", "test"];
  const child = spawn(process.execPath, [...args, ...flags], { stdio: ["ignore", "pipe", "pipe"] });
  const printed = { text: "" };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (printed.text += chunk));
  return { child, printed };
}
