// Runs a TypeScript file on the project's own Node: installs what is missing, then hands over.
// This is the one file that must work on whatever Node the machine has; everything else runs on the pinned one.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function isInstalled() {
  const marker = join(root, "node_modules", ".package-lock.json");
  return existsSync(marker) && statSync(marker).mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs;
}

/** A dot each second, so that whoever waits sees that something happens. */
async function install() {
  process.stderr.write("Installing the dependencies of this clone (once)…");
  const dots = setInterval(() => process.stderr.write("."), 1000);
  const npm = process.env.npm_execpath;
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const options = { cwd: root, stdio: ["ignore", "ignore", "inherit"] };
  const installing = npm ? spawn(process.execPath, [npm, ...args], options) : spawn("npm", args, options);
  const [status] = await once(installing, "exit");
  clearInterval(dots);
  process.stderr.write(status === 0 ? " done.\n" : "\n");
  if (status !== 0) process.exit(status ?? 1);
}

function currentNode() {
  const bundled = join(root, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");
  if (existsSync(bundled)) return bundled;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if ((major === 24 && minor >= 16) || (major === 26 && minor >= 1) || major > 26) return process.execPath;
  process.stderr.write(`Dockbell needs Node 24.16 or newer; this is ${process.versions.node}\n`);
  process.exit(1);
}

if (!isInstalled()) await install();
const node = currentNode();
const [script, ...args] = process.argv.slice(2);
const child = spawn(node, [join(root, script), ...args], {
  stdio: "inherit",
  env: {
    // Without it every start strips the types of every file again, which takes longer than most commands.
    NODE_COMPILE_CACHE: join(root, "node_modules", ".cache", "dockbell"),
    ...process.env,
    PATH: `${dirname(node)}:${join(root, "node_modules", ".bin")}:${process.env.PATH}`,
  },
});
// Ctrl-C reaches the whole process group: wait for the child to finish cleanly instead of leaving it behind.
process.on("SIGINT", () => {});
// These may be sent to us alone; to a child that has it already one more means nothing.
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
