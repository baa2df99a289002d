// What `npm install` gives a user: the packed tarball, installed into an empty folder, run by its own command.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { freePort } from "../../src/app/data-directory.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const folder = mkdtempSync(join(tmpdir(), "dockbell-package-"));
const COMMAND = join(folder, "node_modules", ".bin", "dockbell");
const MAX_PACKAGES = 40;
const MAX_DIRECT = 10;
after(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, args: readonly string[], cwd: string): string {
  const env = { ...process.env, XDG_DATA_HOME: join(folder, "data"), npm_config_loglevel: "error" };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: "utf8" });
  assert.equal(status, 0, `${command} ${args.join(" ")}: ${stderr}`);
  return stdout;
}

before(() => {
  run("npm", ["pack", "--pack-destination", folder], ROOT);
  const [tarball = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  run("npm", ["install", "--no-audit", "--no-fund", `./${tarball}`], folder);
});

test("the installed tree is small and runs nothing while it is installed", () => {
  const lock = JSON.parse(readFileSync(join(folder, "node_modules", ".package-lock.json"), "utf8")) as {
    packages: Readonly<Record<string, { dependencies?: object; hasInstallScript?: boolean; os?: readonly string[] }>>;
  };

  const packages = Object.values(lock.packages);
  assert.ok(packages.length <= MAX_PACKAGES, `${packages.length} packages`);
  assert.ok(Object.keys(lock.packages["node_modules/dockbell"]?.dependencies ?? {}).length <= MAX_DIRECT);
  assert.ok(packages.every(({ hasInstallScript, os }) => !hasInstallScript && os === undefined));
});

test("the installed command runs up, send and status", async () => {
  const version = run(COMMAND, ["version"], folder);
  const listen = ["--listen", `127.0.0.1:${await freePort()}`, "--admin-listen", "127.0.0.1:0"];
  const env = { ...process.env, XDG_DATA_HOME: join(folder, "data") };
  const up = spawn(COMMAND, ["up", "--example", ...listen], { cwd: folder, env, stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  // Leaving the loop closes the pipe: from here on nobody reads what it prints.
  for await (const chunk of up.stdout) {
    printed += chunk;
    if (printed.includes("get freight")) break;
  }
  const sent = run(COMMAND, ["send", "--tag", "1.2.0"], folder);
  run(COMMAND, ["wait", "app", "--tag", "1.2.0"], folder);
  const status = run(COMMAND, ["status"], folder);
  up.kill("SIGINT");
  const [code] = await once(up, "exit");

  assert.match(version, /^\d+\.\d+\.\d+\n$/);
  assert.match(printed, /^ {2}dockbell send$/m);
  assert.match(sent, /200 \{"msg":"refreshed 1 warehouse\(s\)"\}/);
  assert.match(status, /kargo-demo\/app +True .*:1\.2\.0/);
  assert.equal(code, 0);
});
