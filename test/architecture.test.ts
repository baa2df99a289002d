// The walls of the house: who may import whom (type-only imports included), how long a file or function may be,
// and that time, randomness and the environment come in from `app` alone. ARCHITECTURE.md has the same table.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { test } from "node:test";

const ROOT = dirname(import.meta.dirname);
const MAX_FILE_LINES = 300;
const MAX_FUNCTION_LINES = 50;

const FOUNDATION = [
  ...["backoff.ts", "clock.ts", "errors.ts", "queue.ts", "sqlite.ts", "sqlite-checkpointer.ts", "sqlite-log.ts"],
  ...["sqlite-codes.ts", "sqlite-writability.ts"],
  ...["http", "telemetry"],
];
const RULES = ["resources", "references", "selectors"];
const OUTSIDE = ["kube", "registries"];
const FLOW = ["receivers", "deliveries", "warehouses", "discovery"];

const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  cli: [...FLOW, "controllers", ...OUTSIDE, ...RULES, ...FOUNDATION],
  server: [...FLOW, "controllers", ...OUTSIDE, ...RULES, ...FOUNDATION],
  ...Object.fromEntries(
    FLOW.map((folder, place) => [folder, [...FLOW.slice(place + 1), ...OUTSIDE, ...RULES, ...FOUNDATION]]),
  ),
  controllers: ["kube", ...RULES, ...FOUNDATION],
  ...Object.fromEntries(
    [...OUTSIDE, "localkube", "localregistry"].map((folder) => [folder, [...RULES, ...FOUNDATION]]),
  ),
  ...Object.fromEntries(RULES.map((folder) => [folder, [...RULES, ...FOUNDATION]])),
  ...Object.fromEntries(FOUNDATION.map((part) => [part, FOUNDATION])),
  "sqlite-checkpoint-thread.ts": [],
};

const sources = globSync("src/**/*.ts", { cwd: ROOT }).filter((file) => !file.endsWith(".test.ts"));

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

function partOf(file: string): string {
  return file.split("/")[1] ?? "";
}

function importsOf(file: string): readonly string[] {
  return [...textOf(file).matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((match) =>
    posix.join(posix.dirname(file), match[1] ?? ""),
  );
}

test("imports only go down", () => {
  const upward = sources.flatMap((file) =>
    importsOf(file)
      .filter((target) => partOf(file) !== "app" && partOf(target) !== partOf(file))
      .filter((target) => !MAY_IMPORT[partOf(file)]?.includes(partOf(target)))
      .map((target) => `${file} imports ${target}`),
  );

  assert.deepEqual(upward, []);
});

test("no file imports itself in a circle", () => {
  const state = new Map<string, "open" | "done">();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]) => {
    if (state.get(file) === "open") circles.push([...path, file].join(" → "));
    if (state.has(file)) return;
    state.set(file, "open");
    for (const target of importsOf(file)) visit(target, [...path, file]);
    state.set(file, "done");
  };

  for (const file of sources) visit(file, []);

  assert.deepEqual(circles, []);
});

test("time, randomness and the environment come from app alone", () => {
  const GLOBALS =
    /(?<!\.)\b(Date\.now\(|new Date\(\)|Math\.random\(|setTimeout\(|setInterval\(|performance\.now\(|randomUUID\(|randomBytes\(|AbortSignal\.timeout\(|process\.env|fetch\()/;

  const users = sources.filter((file) => partOf(file) !== "app").filter((file) => GLOBALS.test(textOf(file)));

  assert.deepEqual(users, []);
});

test("no file is too long to read in one go", () => {
  const long = sources.filter((file) => textOf(file).split("\n").length - 1 > MAX_FILE_LINES);

  assert.deepEqual(long, []);
});

test("no function is too long to see at once", () => {
  const long = sources.flatMap((file) =>
    functionsOf(file)
      .filter(({ lines }) => lines > MAX_FUNCTION_LINES)
      .map(({ name }) => name),
  );

  assert.deepEqual(long, []);
});

test("what happens around each test stands in a describe: at a file's top it would happen around the tests of all files", () => {
  const tests = globSync("{src,test}/**/*.test.ts", { cwd: ROOT });

  const everywhere = tests.filter((file) => /^(beforeEach|afterEach)\(/m.test(textOf(file)));

  assert.deepEqual(everywhere, []);
});

/**
 * Functions, methods and arrow functions with a body, whose end the formatter puts at the indentation of the line that
 * opens it.
 */
function functionsOf(file: string): readonly { name: string; lines: number }[] {
  const lines = textOf(file).split("\n");
  return lines.flatMap((line, start) => {
    const opening = /^(?<indent> *)(?![ }]|(?:if|for|while|switch)\b).*(?:=>|\)(?:: .+)?) \{$/.exec(line);
    if (!opening) return [];
    const end = lines.findIndex((one, place) => place > start && one.startsWith(`${opening.groups?.["indent"]}}`));
    assert.ok(end > start, `${file}:${start + 1} has no end`);
    return [{ name: `${file}:${start + 1}`, lines: end - start + 1 }];
  });
}
