// Which tags, refs and versions subscriptions want, and why: docs/compatibility.md, sections 4.4, 8.1, 8.2, 8.6.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ImageSubscription } from "../resources/subscription.ts";
import { createChartSelector } from "./chart-selector.ts";
import type { Explanation } from "./explanation.ts";
import { createGitSelector } from "./git-selector.ts";
import { createImageSelector } from "./image-selector.ts";
import { isPlatform, parsePlatform } from "./platform.ts";

const REPO = { repoURL: "example/app" };
const CHART = { repoURL: "https://charts.example.com", name: "app" };
const GIT = { repoURL: "https://github.com/example/app" };
const OCI = { repoURL: "oci://docker.io/example/app" };

type Row<Subscription> = readonly [subscription: Partial<Subscription>, tag: string, isAdmitted: boolean, rule: string];

function assertRows<S extends object>(
  rows: readonly Row<S>[],
  explain: (subscription: Partial<S>, tag: string) => Explanation,
): void {
  for (const [subscription, tag, isAdmitted, rule] of rows) {
    assert.deepEqual(explain(subscription, tag), { isAdmitted, rule }, `${JSON.stringify(subscription)} ${tag}`);
  }
}

const IMAGES: readonly Row<ImageSubscription>[] = [
  [{}, "1.2.3", true, "it is a semantic version"],
  [{}, "1.2", false, "strictSemvers: it is not a full semantic version, such as 1.2.3 or v1.2.3"],
  [{ strictSemvers: false }, "1.2", true, "it is a semantic version"],
  [{}, "latest", false, "it is not a semantic version"],
  [{ constraint: "^1.0.0" }, "v1.9.0", true, 'constraint "^1.0.0" admits it'],
  [{ constraint: "^1.0.0" }, "2.0.0", false, 'constraint "^1.0.0" does not admit it'],
  [
    { constraint: "^1.0.0" },
    "1.1.0-rc.1",
    false,
    'constraint "^1.0.0" does not admit it: pre-releases count only where a comparator names one, as in >=1.2.3-0',
  ],
  [{ ignoreTagsRegexes: ["x", "^1"] }, "1.2.3", false, 'ignoreTagsRegexes[1] "^1" matches it'],
  [{ allowTagsRegexes: ["^2"] }, "1.2.3", false, "none of allowTagsRegexes matches it"],
  [{ imageSelectionStrategy: "Lexical" }, "latest", true, "no pattern excludes it"],
  [
    { imageSelectionStrategy: "NewestBuild", allowTagsRegexes: ["a", "t$"] },
    "lt",
    true,
    'allowTagsRegexes[1] "t$" matches it',
  ],
  [
    { imageSelectionStrategy: "Digest", constraint: "latest", ignoreTagsRegexes: ["."] },
    "latest",
    true,
    "it is the tag in constraint",
  ],
  [{ imageSelectionStrategy: "Digest", constraint: "latest" }, "Latest", false, 'constraint: only "latest" is wanted'],
];

test("an image subscription says which rule decides for a tag", () => {
  assertRows(IMAGES, (subscription, tag) => createImageSelector({ ...REPO, ...subscription }).explain(tag));
});

test("images are put in order as their strategy says", () => {
  const tags = ["1.0", "1.0.0", "v2.0.0", "1.0.0-rc.1", "10.0.0", "latest", "B", "a"];
  const selected = (subscription: object) => createImageSelector({ ...REPO, ...subscription }).select(tags);

  assert.deepEqual(selected({}), ["10.0.0", "v2.0.0", "1.0.0", "1.0.0-rc.1"]);
  assert.deepEqual(selected({ strictSemvers: false, constraint: "1" }), ["1.0.0", "1.0"]);
  assert.deepEqual(selected({ imageSelectionStrategy: "Lexical", ignoreTagsRegexes: ["\\d"] }), ["latest", "a", "B"]);
  assert.deepEqual(selected({ imageSelectionStrategy: "Digest", constraint: "a" }), ["a"]);
  assert.deepEqual(selected({ imageSelectionStrategy: "Digest", constraint: "b" }), []);
});

const BROKEN: readonly (readonly [subscription: object, message: RegExp])[] = [
  [{ allowTags: "^1" }, /^AllowTags is deprecated and unsupported as of v1\.11\.0; use AllowTagsRegexes instead$/],
  [{ ignoreTags: ["a"] }, /^IgnoreTags is deprecated and unsupported as of v1\.11\.0; use IgnoreTagsRegexes instead$/],
  [
    { allowTagsRegexes: ["a", "é(?=b)"] },
    /^allowTagsRegexes\[1\]: "é\(\?=b\)": at character 2: look-around is not part/,
  ],
  [{ ignoreTagsRegexes: ["(a)\\1"] }, /^ignoreTagsRegexes\[0\]: .* at character 4: back-references are not part/],
  [{ ignoreTagsRegexes: ["a(?<!b)"] }, /at character 2: look-around/],
  [{ allowTagsRegexes: ["[a-"] }, /at character 1: error parsing regexp: missing closing ]/],
  [{ constraint: "latest" }, /^improper constraint: "latest"$/],
  [{ platform: "linux" }, /^platform: error parsing platform constraint "linux"/],
];

test("a subscription that cannot be used is refused with its field", () => {
  for (const [subscription, message] of BROKEN) {
    assert.throws(() => createImageSelector({ ...REPO, ...subscription }), { name: "InputError", message });
  }
});

test("an empty deprecated field harms nobody, and Digest does not look at them", () => {
  assert.doesNotThrow(() => createImageSelector({ ...REPO, allowTags: "", ignoreTags: [] }));
  assert.doesNotThrow(() => createImageSelector({ ...REPO, imageSelectionStrategy: "Digest", allowTags: "a" }));
});

test("a platform is met exactly, its variant included", () => {
  const arm = { os: "linux", architecture: "arm64" };

  assert.equal(isPlatform(parsePlatform("linux/arm64"), arm), true);
  assert.equal(isPlatform(parsePlatform("linux/arm64"), { ...arm, variant: "v8" }), false);
  assert.equal(isPlatform(parsePlatform("linux/arm64/v8"), { ...arm, variant: "v8" }), true);
  assert.equal(isPlatform(parsePlatform("linux/arm64/v8"), undefined), false);
});

test("a chart push refreshes more than discovery finds", () => {
  const { explain, select } = createChartSelector(OCI);

  for (const tag of ["2", "v1.2.0"]) assert.deepEqual([explain(tag).isAdmitted, select([tag])], [true, []], tag);
  assert.deepEqual([explain("1.0.0_b1").isAdmitted, select(["1.0.0_b1"])], [false, ["1.0.0+b1"]]);
});

test("chart versions come highest first, build metadata by its text", () => {
  const tags = ["0.2.0", "0.2.0_build.1", "1.0.1", "1.0.1_b2", "v3.0.0", "1.1", "0.1.0"];

  assert.deepEqual(createChartSelector(OCI).select(tags), ["1.0.1+b2", "1.0.1", "0.2.0+build.1", "0.2.0", "0.1.0"]);
  assert.deepEqual(createChartSelector({ ...OCI, semverConstraint: "0.2.0" }).select(tags), ["0.2.0+build.1", "0.2.0"]);
  assert.deepEqual(createChartSelector(CHART).select(["v1.0.0", "2", "1.0.0_b", "bad"]), ["2", "v1.0.0"]);
});

test("a chart's constraint that does not parse is quoted", () => {
  assert.throws(() => createChartSelector({ ...CHART, semverConstraint: "nope" }), {
    message: 'error parsing constraint "nope": improper constraint: "nope"',
  });
});

test("a git subscription says which rule decides for a ref", () => {
  const rows: readonly (readonly [subscription: object, ref: string, isAdmitted: boolean])[] = [
    [{}, "refs/heads/main", true],
    [{}, "refs/heads/master", true],
    [{}, "refs/heads/dev", false],
    [{ branch: "dev" }, "refs/heads/dev", true],
    [{ branch: "dev" }, "refs/heads/main", false],
    [{}, "refs/tags/v1.0.0", false],
    [{ commitSelectionStrategy: "SemVer" }, "refs/tags/v1.0.0", true],
    [{ commitSelectionStrategy: "SemVer", semverConstraint: "^2" }, "refs/tags/v1.0.0", false],
    [{ commitSelectionStrategy: "SemVer" }, "v1.0.0", false],
    [{ commitSelectionStrategy: "NewestTag", ignoreTagsRegexes: ["^v"] }, "refs/tags/v1", false],
    [{ commitSelectionStrategy: "Lexical" }, "refs/tags/any", true],
    [{ commitSelectionStrategy: "Lexical" }, "refs/heads/main", false],
  ];

  for (const [subscription, ref, isAdmitted] of rows) {
    const { explain } = createGitSelector({ ...GIT, ...subscription });
    assert.equal(explain(ref).isAdmitted, isAdmitted, `${JSON.stringify(subscription)} ${ref}`);
  }
});

test("git tags are put in order as their strategy says", () => {
  const tags = ["v1.0.0", "b", "v1.10.0", "a"];
  const selected = (commitSelectionStrategy: "SemVer" | "Lexical" | "NewestTag" | "NewestFromBranch") =>
    createGitSelector({ ...GIT, commitSelectionStrategy }).select(tags);

  assert.deepEqual(selected("SemVer"), ["v1.10.0", "v1.0.0"]);
  assert.deepEqual(selected("Lexical"), ["v1.10.0", "v1.0.0", "b", "a"]);
  assert.deepEqual(selected("NewestTag"), tags);
  assert.deepEqual(selected("NewestFromBranch"), []);
});
