// The one check behind `npm test`: format and lint, types, unused code, tests. Stops at the first that fails.
// Named steps run alone; `kubectl` needs one in PATH and runs only when it is named.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = dirname(import.meta.dirname);

/** The script behind a command of a package, to be run on this Node. */
function bin(name: string, command: string): string {
  const directory = join(root, "node_modules", name);
  const { bin: bins } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as {
    bin: Record<string, string>;
  };
  return join(directory, bins[command] ?? "");
}

const named = process.argv.slice(2);
const tests = globSync(["src/**/*.test.ts", "test/architecture.test.ts", "test/{contract,integration}/*.test.ts"], {
  cwd: root,
});

const RUN = ["--test", "--test-isolation=none", "--test-reporter=spec"];

const steps: readonly (readonly [name: string, args: readonly string[]])[] = [
  ["lint", [bin("@biomejs/biome", "biome"), "check", "--error-on-warnings", "."]],
  ["types", [bin("typescript", "tsc"), "--project", "."]],
  ["unused", [bin("knip", "knip"), "--no-progress"]],
  ["tests", [...RUN, ...tests]],
  ["kubectl", [...RUN, "test/e2e/kubectl.test.ts"]],
];
const chosen = steps.filter(([name]) => (named.length > 0 ? named.includes(name) : name !== "kubectl"));

for (const [name, args] of chosen) {
  process.stdout.write(`— ${name}\n`);
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
