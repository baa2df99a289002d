import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { crdFileName, crdYaml } from "./crd.ts";
import { KARGO_KINDS } from "./kinds.ts";

const DIRECTORY = join(import.meta.dirname, "../../deploy/crds");

for (const kind of KARGO_KINDS) {
  test(`the CRD of ${kind.resource.kind} in deploy/crds is what "npm run generate" writes`, () => {
    const written = readFileSync(join(DIRECTORY, crdFileName(kind)), "utf8");

    assert.equal(written, crdYaml(kind));
  });
}

test("deploy/crds holds nothing else", () => {
  const files = readdirSync(DIRECTORY).sort();

  assert.deepEqual(files, KARGO_KINDS.map(crdFileName).sort());
});
