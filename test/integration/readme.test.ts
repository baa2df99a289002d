// Runs the examples of README.md in the order a reader meets them, on a data directory and a port of their own.
// What a block without a language shows is compared with what was printed; lines that call kubectl run where it is.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { freePort } from "../../src/app/data-directory.ts";
import { eventually } from "../support/dockbell.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const directory = mkdtempSync(join(tmpdir(), "dockbell-readme-"));
const env = {
  ...process.env,
  DOCKBELL_DATA_DIR: directory,
  DOCKBELL_LISTEN: `127.0.0.1:${await freePort()}`,
  DOCKBELL_ADMIN_LISTEN: `127.0.0.1:${await freePort()}`,
  KUBECONFIG: join(directory, "kubeconfig"),
};
const hasKubectl = spawnSync("kubectl", ["version", "--client"]).status === 0;

let server: ChildProcess | undefined;
let printed = "";
after(async () => {
  if (server?.pid !== undefined && server.exitCode === null) {
    const exited = once(server, "exit");
    process.kill(-server.pid, "SIGINT");
    await exited;
  }
  rmSync(directory, { recursive: true, force: true });
});

interface Block {
  readonly language: string;
  readonly text: string;
}

function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = "", body = ""]) => ({
    language,
    text: body,
  }));
}

/** The same but for ports, times and durations. */
function normalised(text: string): string {
  return text
    .replace(/\d+\.\d+\.\d+\.\d+:\d+/g, "HOST")
    .replace(/\d\d:\d\d:\d\d\.\d+/g, "TIME")
    .replace(/\d+ ms/g, "N ms");
}

async function start(line: string): Promise<void> {
  // A process group of its own: Ctrl-C reaches npm and what it runs, as at a terminal.
  server = spawn("sh", ["-c", line], { cwd: ROOT, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [server.stdout, server.stderr]) stream?.on("data", (chunk: Buffer) => (printed += chunk));
  await eventually(
    () => printed.includes("is ready"),
    () => printed,
  );
}

function runLine(line: string, input = ""): string {
  const silent = line.replace(/^npm run /, "npm run --silent ");
  const { status, stdout, stderr } = spawnSync("sh", ["-c", silent], { cwd: ROOT, env, input, encoding: "utf8" });
  assert.equal(status, 0, `${line}: ${stdout}${stderr}`);
  return stdout;
}

/** Runs the lines of a block; returns what the last one printed. */
async function runBlock({ text }: Block): Promise<string> {
  let output = "";
  for (const line of text.trim().split("\n")) {
    if (line === "npm start") await start(line);
    else if (!line.startsWith("kubectl") || hasKubectl) output = runLine(line);
  }
  return output;
}

test("the README's examples do what it says", async (t) => {
  let shown = "";
  for (const block of blocksOf("README.md")) {
    if (block.language === "shell") shown = await runBlock(block);
    else if (block.language === "yaml") shown = hasKubectl ? runLine("kubectl apply -f -", block.text) : "";
    else {
      await eventually(
        () => normalised(shown + printed).includes(normalised(block.text)),
        () => `${block.text} in: ${shown}${printed}`,
      );
    }
  }
  if (!hasKubectl) t.diagnostic("the lines that call kubectl did not run: there is none in PATH");
});
