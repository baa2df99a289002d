// Our CRDs against Kargo's own, which stand beside the repository where they are at hand; nothing else needs them.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { load } from "js-yaml";
import { crdFileName, customResourceDefinition } from "../../src/resources/crd.ts";
import { KARGO_KINDS } from "../../src/resources/kinds.ts";

const KARGO_CRDS = join(import.meta.dirname, "../../../shared/data/kargo-crds");
const skip = existsSync(KARGO_CRDS) ? false : "Kargo's CRDs are not at hand";

type Reasons = Readonly<Record<string, Readonly<Record<string, string>>>>;
const reasons = load(readFileSync(join(import.meta.dirname, "kargo-crd-differences.yaml"), "utf8")) as Reasons;

type Fields = Readonly<Record<string, unknown>>;

/** Paths at which two values differ; a path names a whole subtree where one side has nothing. */
function differences(ours: unknown, theirs: unknown, path: string): readonly string[] {
  if (isFields(ours) && isFields(theirs)) {
    const keys = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
    return [...keys]
      .filter((key) => key !== "description" || isFields(ours[key]) || isFields(theirs[key]))
      .flatMap((key) => differences(ours[key], theirs[key], path === "" ? key : `${path}.${key}`));
  }
  if (Array.isArray(ours) && Array.isArray(theirs) && ours.length === theirs.length && !path.endsWith(".required")) {
    return ours.flatMap((item, index) => differences(item, theirs[index], `${path}[${index}]`));
  }
  return JSON.stringify(sorted(ours, path)) === JSON.stringify(sorted(theirs, path)) ? [] : [path];
}

/** The order of required fields means nothing. */
function sorted(value: unknown, path: string): unknown {
  return path.endsWith(".required") && Array.isArray(value) ? value.toSorted() : value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

for (const kind of KARGO_KINDS) {
  const file = crdFileName(kind);

  test(`the CRD of ${kind.resource.kind} differs from Kargo's only where a reason is given`, { skip }, () => {
    const theirs = load(readFileSync(join(KARGO_CRDS, file), "utf8"));
    const ours = customResourceDefinition(kind);

    const found = differences(ours, theirs, "");

    assert.deepEqual(found.toSorted(), Object.keys({ ...reasons["*"], ...reasons[file] }).toSorted());
  });
}
