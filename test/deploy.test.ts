// What deploy/ and docs/kubernetes.md must agree on, as far as it can be told without helm or a cluster.
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { load, loadAll } from "js-yaml";
import { SETTINGS } from "../src/app/settings.ts";
import { parseDuration } from "../src/resources/duration.ts";

const ROOT = dirname(import.meta.dirname);

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

test("chart, image and kustomization are of the package's version", () => {
  const { version } = JSON.parse(textOf("package.json")) as { version: string };

  const chart = load(textOf("deploy/chart/Chart.yaml")) as { version: string; appVersion: string };
  const tags = [...textOf("deploy/kustomize/workload/kustomization.yaml").matchAll(/newTag: (.*)/g)].map(
    ([, tag]) => tag,
  );
  const labels = [...textOf("deploy/kustomize/labels/kustomization.yaml").matchAll(/version: (\d.*)/g)].map(
    ([, l]) => l,
  );

  assert.deepEqual([chart.version, chart.appVersion, ...tags, ...labels], [version, version, version, version]);
});

/** `verb resource`, for each one that a role of deploy/kustomize grants. */
function granted(): readonly string[] {
  const documents = ["rbac.yaml", "rbac-secrets.yaml"].flatMap((name) =>
    loadAll(textOf(join("deploy", "kustomize", "access", name))),
  ) as readonly { rules?: readonly { resources: readonly string[]; verbs: readonly string[] }[] }[];
  const rules = documents.flatMap((document) => document.rules ?? []);
  return sortedPairs(rules.map(({ verbs, resources }) => [verbs, resources] as const));
}

/** The same, from the table in docs/kubernetes.md, which has a row for a receiver without the other roles as well. */
function documented(): readonly string[] {
  const rows = textOf("docs/kubernetes.md").matchAll(
    /^\| (?!`receiver` without)[^|]+ \| ((?:`\w+` *)+) \| ([^|]+) \|/gm,
  );
  return sortedPairs([...rows].map(([, verbs = "", resources = ""]) => [namesIn(verbs), namesIn(resources)] as const));
}

function namesIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}

function sortedPairs(rows: readonly (readonly [verbs: readonly string[], resources: readonly string[]])[]) {
  const pairs = rows.flatMap(([verbs, resources]) =>
    verbs.flatMap((verb) => resources.map((resource) => `${verb} ${resource}`)),
  );
  return [...new Set(pairs)].toSorted();
}

test("every verb that a role grants stands in docs/kubernetes.md with what it is for, and no other", () => {
  const verbs = documented();

  assert.ok(verbs.includes("patch warehouses"));
  assert.deepEqual(verbs, granted());
});

test("what deploy/Dockerfile copies from the clone is there, and .dockerignore lets it through", () => {
  const copied = [...textOf("deploy/Dockerfile").matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, paths = ""]) =>
    paths.split(" ").map((path) => path.replace(/\/$/, "")),
  );
  const allowed = [...textOf(".dockerignore").matchAll(/^!(.*)$/gm)].map(([, path = ""]) => path);

  const missing = copied.filter((path) => !existsSync(join(ROOT, path)));
  const ignored = copied.filter((path) => !allowed.some((one) => one === path || one.startsWith(`${path}/`)));
  assert.ok(copied.includes("package-lock.json"));
  assert.deepEqual([missing, ignored], [[], []]);
  assert.deepEqual(
    allowed.filter((path) => !existsSync(join(ROOT, path))),
    [],
  );
});

test("the pods of the kustomization have 5 s more than their delay and their timeout take by default", () => {
  const { shutdownDelay, shutdownTimeout } = SETTINGS.serve;
  const { spec } = load(textOf("deploy/kustomize/workload/statefulset.yaml")) as {
    spec: { template: { spec: { terminationGracePeriodSeconds: number } } };
  };

  const [delayMs = 0, timeoutMs = 0] = [shutdownDelay, shutdownTimeout].map((one) => parseDuration(`${one.default}`));
  assert.equal(spec.template.spec.terminationGracePeriodSeconds, (delayMs + timeoutMs) / 1_000 + 5);
});

test("templates are in the chart, and every one of them speaks of values that there are", () => {
  const { properties } = JSON.parse(textOf("deploy/chart/values.schema.json")) as { properties: object };
  const used = globSync("deploy/chart/templates/*", { cwd: ROOT }).flatMap((path) =>
    [...textOf(path).matchAll(/\.Values\.(\w+)/g)].map(([, key = ""]) => key),
  );

  assert.ok(used.includes("roles"));
  assert.deepEqual(
    used.filter((key) => !Object.hasOwn(properties, key)),
    [],
  );
});
