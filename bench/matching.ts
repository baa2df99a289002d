// One pushed tag against ten thousand Warehouses, and the slowest pattern and constraint a user could write.

import { compilePattern } from "../src/selectors/pattern.ts";
import { parseConstraint } from "../src/selectors/semver-constraint.ts";
import { parseVersion } from "../src/selectors/semver-version.ts";
import { createWarehouseIndex } from "../src/warehouses/match.ts";
import { quantile, type Report } from "./subject.ts";

const WAREHOUSES = 10_000;
const ROUNDS = 30;

export async function benchMatching(report: Report): Promise<void> {
  benchIndex(report);
  benchConstraints(report);
  benchPatterns(report);
}

function benchIndex(report: Report): void {
  const index = createWarehouseIndex((url) => url);
  const image = { constraint: "^1.0.0", allowTagsRegexes: ["^v?\\d+"] };
  for (let place = 0; place < WAREHOUSES; place++) {
    const subscriptions = [
      { image: { ...image, repoURL: `example/app-${place}` } },
      { image: { ...image, repoURL: "example/base" } },
    ];
    const metadata = { namespace: "demo", name: `w${place}`, uid: String(place) };
    index.update(`demo/w${place}`, {
      apiVersion: "kargo.akuity.io/v1alpha1",
      kind: "Warehouse",
      metadata,
      spec: { interval: "5m0s", subscriptions },
    });
  }
  const one = medianMs(() => index.match({ project: "demo", repoURLs: ["example/app-77"], tags: ["v1.2.3"] }));
  const all = medianMs(() => index.match({ project: "demo", repoURLs: ["example/base"], tags: ["v1.2.3"] }));
  report("a tag, 10,000 Warehouses, 1 subscribed", `${(one * 1000).toFixed(1)} µs`, "—");
  report("a tag, 10,000 Warehouses, all subscribed", `${all.toFixed(1)} ms`, "—");
}

/** Each is as long as a constraint may be, and made to offer as many wrong starts as possible. */
const HOSTILE_CONSTRAINTS: readonly string[] = [
  `${"1-".repeat(252)}+ - 2`,
  `${"1.1.1-a.".repeat(62)} - 1`,
  `${" ".repeat(505)}- 1`,
  Array(100).fill("1 - 2").join(" "),
  `${">=1,".repeat(126)}1`,
  `1${" ".repeat(509)}=`,
];

function benchConstraints(report: Report): void {
  const version = parseVersion("1.2.3");
  const costs = HOSTILE_CONSTRAINTS.map(
    (text) => [medianMs(() => attempt(() => version && parseConstraint(text)(version))), text.length] as const,
  );
  report("slowest constraint, per byte", slowest(costs), "—");
}

const TEXT = `${"a".repeat(127)}!`;
const HOSTILE_PATTERNS: readonly string[] = [
  "^(a+)+$",
  "(a|aa)+$",
  "(a*)*b",
  "(.*)(.*)(.*)(.*)x",
  "(a?){40}a{40}$",
  "([a-z]+)*\\d",
  "(?:a{1,30}){1,30}$",
];

function benchPatterns(report: Report): void {
  const costs = HOSTILE_PATTERNS.map((text) => {
    const { matches } = compilePattern(text, "allowTagsRegexes[0]");
    return [medianMs(() => matches(TEXT)), TEXT.length] as const;
  });
  report("slowest pattern, per byte of a tag", slowest(costs), "—");
}

function slowest(costs: readonly (readonly [ms: number, bytes: number])[]): string {
  const nanoseconds = Math.max(...costs.map(([ms, bytes]) => (ms * 1e6) / bytes));
  return `${(nanoseconds / 1000).toFixed(2)} µs`;
}

function attempt(run: () => unknown): void {
  try {
    run();
  } catch {
    // Being refused is what most of them are made for.
  }
}

function medianMs(run: () => unknown): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const startedAt = performance.now();
    run();
    return performance.now() - startedAt;
  });
  return quantile(times, 0.5);
}
