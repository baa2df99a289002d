// The one check behind `npm test`: format and lint, types, unused code, tests. Stops at the first that fails.
// Named steps run alone. Those that need more than Node and npm, or much time, run only when they are named.
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { dirname } from "node:path";
import { bin } from "./bin.ts";

const root = dirname(import.meta.dirname);

const named = process.argv.slice(2);
const tests = globSync(["src/**/*.test.ts", "test/*.test.ts", "test/{contract,integration}/*.test.ts"], {
  cwd: root,
});

const REPORT = ["--test-reporter=spec"];
const RUN = ["--test", "--test-isolation=none", ...REPORT];
/** Each file on a cluster of its own, which ends before the next one's begins. */
const RUN_APART = ["--test", "--test-concurrency=1", ...REPORT];

const steps: readonly (readonly [name: string, args: readonly string[]])[] = [
  ["lint", [bin("@biomejs/biome", "biome"), "check", "--error-on-warnings", "."]],
  ["types", [bin("typescript", "tsc"), "--project", "."]],
  ["unused", [bin("knip", "knip"), "--no-progress"]],
  ["tests", [...RUN, ...tests]],
  ["cluster", ["scripts/cluster-tests.ts"]],
  ["kubectl", [...RUN, ...globSync("test/e2e/kubectl*.test.ts", { cwd: root })]],
  ["cluster-client", [...RUN, "test/e2e/cluster-client.test.ts"]],
  ["beside-kargo", [...RUN_APART, ...globSync("test/e2e/{beside-kargo*,take-over}.test.ts", { cwd: root })]],
  ["serve", [...RUN_APART, ...globSync("test/e2e/serve*.test.ts", { cwd: root })]],
  ["move", [...RUN, "test/e2e/move.test.ts"]],
  ["registries", [...RUN, "test/e2e/registries.test.ts", "test/e2e/discovery.test.ts"]],
  ["chart", [...RUN_APART, ...globSync("test/e2e/chart*.test.ts", { cwd: root })]],
  ["package", [...RUN, "test/e2e/package.test.ts"]],
];
const ALWAYS = ["lint", "types", "unused", "tests"];
const chosen = steps.filter(([name]) => (named.length > 0 ? named : ALWAYS).includes(name));

for (const [name, args] of chosen) {
  process.stdout.write(`— ${name}\n`);
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
