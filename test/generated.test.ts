// What follows from the sources must not lag behind them: `npm run generate` writes it anew.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { generatedFiles } from "../scripts/generated-files.ts";

const ROOT = dirname(import.meta.dirname);

for (const [path, text] of generatedFiles()) {
  test(`${path} is what "npm run generate" writes`, () => {
    assert.equal(readFileSync(join(ROOT, path), "utf8"), text);
  });
}

test("deploy/crds holds nothing else", () => {
  const present = readdirSync(join(ROOT, "deploy", "crds")).map((name) => `deploy/crds/${name}`);

  assert.deepEqual(
    present.filter((path) => !generatedFiles().has(path)),
    [],
  );
});
