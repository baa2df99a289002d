// The one check behind `npm test`: format and lint, types, unused code, tests. Stops at the first that fails.
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const root = dirname(import.meta.dirname);
const require = createRequire(import.meta.url);

function bin(name: string, command = name.replace(/^@.*\//, "")): string {
  const manifest = require.resolve(`${name}/package.json`);
  const { bin: bins } = require(manifest) as { bin: string | Record<string, string> };
  return join(dirname(manifest), typeof bins === "string" ? bins : (bins[command] ?? ""));
}

const only = process.argv.slice(2);
const tests = globSync(["src/**/*.test.ts", "test/architecture.test.ts", "test/{contract,integration}/*.test.ts"], {
  cwd: root,
});

const steps: readonly (readonly [name: string, args: readonly string[]])[] = [
  ["lint", [bin("@biomejs/biome"), "check", "--error-on-warnings", "."]],
  ["types", [bin("typescript", "tsc"), "--project", "."]],
  ["unused", [bin("knip"), "--no-progress"]],
  ["tests", ["--test", "--test-isolation=none", "--test-reporter=dot", ...tests]],
];

for (const [name, args] of steps) {
  if (only.length > 0 && !only.includes(name)) continue;
  process.stdout.write(`— ${name}\n`);
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
