// Runs the examples of README.md and docs/ in the order a reader meets them, on a data directory and ports of their own.
// Where they name a repository on Docker Hub, the example's registry on loopback stands in: no test leaves the machine.
// Lines that call kubectl run where it is.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { freePort } from "../../src/app/data-directory.ts";
import { dockerHubPayload } from "../../src/cli/payload.ts";
import { eventually } from "../support/dockbell.ts";
import { type Block, blocksOf, CLUSTER_PAGES, ROOT } from "../support/pages.ts";

const directory = mkdtempSync(join(tmpdir(), "dockbell-documents-"));
const env = {
  ...process.env,
  DOCKBELL_DATA_DIR: directory,
  DOCKBELL_LISTEN: `127.0.0.1:${await freePort()}`,
  DOCKBELL_ADMIN_LISTEN: `127.0.0.1:${await freePort()}`,
  KUBECONFIG: join(directory, "kubeconfig"),
};
/** Which an example sends. */
const body = { repository: "example/app", tag: "1.2.0", mediaType: "", pushedAt: 0 };
writeFileSync(join(directory, "body.json"), dockerHubPayload(body));
const hasKubectl = spawnSync("kubectl", ["version", "--client"]).status === 0;
const MAIN = `"${process.execPath}" "${join(ROOT, "src", "app", "main.ts")}"`;

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

/** The same but for ports, times, durations, secrets and the width of columns. */
function normalised(text: string): string {
  return text
    .replace(/\d+\.\d+\.\d+\.\d+:\d+/g, "HOST")
    .replace(/\d\d:\d\d:\d\d\.\d+/g, "TIME")
    .replace(/\d+ ms/g, "N ms")
    .replace(/\b\d+[sm](?: ago)?/g, "AGE")
    .replace(/[0-9a-f]{64}/g, "…")
    .replace(/ {2,}/g, "  ");
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

/** Some lines read what a controller writes a moment later: they are run until they succeed. */
async function runLine(line: string, input = ""): Promise<string> {
  const isOfClone = line.startsWith("npm run ");
  const command = line.replace(/^npm run /, "npm run --silent ").replace(/^dockbell /, `${MAIN} `);
  const cwd = isOfClone ? ROOT : directory;
  let result = { status: 1 as number | null, stdout: "", stderr: "" };
  await eventually(
    () => {
      result = spawnSync("sh", ["-c", command], { cwd, env, input, encoding: "utf8" });
      return result.status === 0;
    },
    () => `${line}: ${result.stdout}${result.stderr}`,
  );
  return result.stdout;
}

async function runBlock({ text }: Block): Promise<string> {
  let output = "";
  for (const line of text.trim().split("\n")) {
    if (line === "npm start") await start(line);
    else if (!line.startsWith("kubectl") || hasKubectl) output = await runLine(line);
  }
  return output;
}

async function applyBlock({ text }: Block): Promise<string> {
  const registry = `127.0.0.1:${readFileSync(join(directory, "registry-port"), "utf8")}`;
  const local = text
    .replaceAll("repoURL: example/app", `repoURL: ${registry}/kargo-demo/app`)
    .replaceAll("registry-1.docker.io", registry);
  if (local.includes("apiVersion:")) return hasKubectl ? runLine("kubectl apply -f -", local) : "";
  writeFileSync(join(directory, "example.yaml"), text);
  return runLine("dockbell config --config example.yaml");
}

test("the README's examples do what it says", async (t) => {
  let shown = "";
  for (const block of blocksOf("README.md")) {
    if (block.language === "shell") shown = await runBlock(block);
    else if (block.language === "yaml") shown = await applyBlock(block);
    else {
      await eventually(
        () => normalised(shown + printed).includes(normalised(block.text)),
        () => `${block.text} in: ${shown}${printed}`,
      );
    }
  }
  // One of the other pages waits for it.
  await runLine("dockbell send --receiver kargo-demo/dh-wh-receiver --tag 1.2.0");
  if (!hasKubectl) t.diagnostic("the lines that call kubectl did not run: there is none in PATH");
});

/** Output; lines that other tests run, on an API or a machine of their own; parts of files. */
const NOT_RUN = ["", "sh", "yml"];
const pages = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md") && !CLUSTER_PAGES.includes(name));
// It makes the namespace that the other pages' manifests are for.
const first = "receiver.md";
for (const page of [first, ...pages.filter((name) => name !== first)]) {
  test(`the examples of docs/${page} are accepted`, async () => {
    for (const block of blocksOf(`docs/${page}`)) {
      if (block.language === "shell") await runBlock(block);
      else if (block.language === "yaml") await applyBlock(block);
      else assert.ok(NOT_RUN.includes(block.language), `nobody runs ${block.language}:\n${block.text}`);
    }

    assert.equal(server?.exitCode, null, printed);
  });
}
