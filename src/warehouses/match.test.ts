import assert from "node:assert/strict";
import { test } from "node:test";
import type { Warehouse } from "../resources/warehouse.ts";
import { createWarehouseIndex, type WarehouseIndex } from "./match.ts";
import { createRegistryAliases } from "./registry-aliases.ts";

function warehouse(name: string, subscriptions: readonly unknown[], more: object = {}): Warehouse {
  const metadata = { name, namespace: "demo", uid: `uid-${name}`, generation: 1, ...more };
  return { metadata, spec: { interval: "5m0s", subscriptions } } as unknown as Warehouse;
}

function indexOf(...warehouses: readonly Warehouse[]): WarehouseIndex {
  const index = createWarehouseIndex(createRegistryAliases([]));
  for (const one of warehouses) index.update(`${one.metadata.namespace}/${one.metadata.name}`, one);
  return index;
}

const image = (repoURL: string, more: object = {}) => ({ image: { repoURL, ...more } });
const push = (tag: string, ...repoURLs: readonly string[]) => ({
  project: "demo",
  repoURLs: repoURLs.length > 0 ? repoURLs : ["example/repo"],
  tags: tag === "" ? [] : [tag],
});

const RULES: readonly {
  readonly name: string;
  readonly subscription: unknown;
  readonly tag: string;
  readonly rule?: RegExp;
}[] = [
  { name: "SemVer admits", subscription: image("example/repo", { constraint: "^1.0.0" }), tag: "v1.0.0" },
  {
    name: "SemVer refuses",
    subscription: image("example/repo", { constraint: "^v2.0.0" }),
    tag: "v1.0.0",
    rule: /\^v2\.0\.0/,
  },
  { name: "SemVer without constraint admits", subscription: image("example/repo"), tag: "1.0.0" },
  {
    name: "SemVer refuses what is no version",
    subscription: image("example/repo"),
    tag: "latest",
    rule: /semantic version/,
  },
  {
    name: "no tag matches whatever the constraint",
    subscription: image("example/repo", { constraint: "^9" }),
    tag: "",
  },
  {
    name: "Digest admits its tag",
    subscription: image("example/repo", { imageSelectionStrategy: "Digest", constraint: "latest" }),
    tag: "latest",
  },
  {
    name: "Digest refuses another",
    subscription: image("example/repo", { imageSelectionStrategy: "Digest", constraint: "latest" }),
    tag: "edge",
    rule: /latest/,
  },
  {
    name: "Lexical asks the patterns",
    subscription: image("example/repo", { imageSelectionStrategy: "Lexical", allowTagsRegexes: ["^nightly-"] }),
    tag: "main",
    rule: /allowTagsRegexes/,
  },
  {
    name: "an OCI chart admits",
    subscription: { chart: { repoURL: "oci://docker.io/example/repo", semverConstraint: "^1.0.0" } },
    tag: "v1.0.0",
  },
  {
    name: "an OCI chart refuses",
    subscription: { chart: { repoURL: "oci://docker.io/example/repo", semverConstraint: "^2.0.0" } },
    tag: "v1.0.0",
    rule: /\^2\.0\.0/,
  },
  {
    name: "a bad pattern refuses and says so",
    subscription: image("example/repo", { allowTagsRegexes: ["("] }),
    tag: "1.0.0",
    rule: /selector cannot be built/,
  },
  {
    name: "a bad constraint refuses and says so",
    subscription: image("example/repo", { constraint: "nope nope" }),
    tag: "1.0.0",
    rule: /selector cannot be built/,
  },
  {
    name: "a bad constraint refuses no tag too",
    subscription: image("example/repo", { constraint: "nope nope" }),
    tag: "",
    rule: /selector cannot be built/,
  },
];

for (const { name, subscription, tag, rule } of RULES) {
  test(`matching: ${name}`, () => {
    const [match] = indexOf(warehouse("w", [subscription])).match(push(tag));

    assert.equal(match?.isMatched, rule === undefined);
    if (rule) assert.match(match?.rule ?? "", rule);
  });
}

test("one Warehouse that cannot be decoded or whose selector cannot be built hides no sibling", () => {
  const index = indexOf(
    warehouse("both", [{ image: { repoURL: "example/repo" }, git: { repoURL: "x" } }]),
    warehouse("null", [null]),
    { ...warehouse("mapping", []), spec: { subscriptions: {} } } as unknown as Warehouse,
    { ...warehouse("nothing", []), spec: null } as unknown as Warehouse,
    warehouse("text", ["x"]),
    warehouse("number", [{ image: { repoURL: 5 } }]),
    warehouse("pattern", [image("example/repo", { allowTagsRegexes: ["("] })]),
    warehouse("right", [image("example/repo")]),
  );

  const matches = index.match(push("1.0.0"));

  assert.deepEqual(
    matches.map(({ name, isMatched }) => [name, isMatched]),
    [
      ["pattern", false],
      ["right", true],
    ],
  );
});

for (const tag of ["1.0.0", ""]) {
  test(`a broken subscription does not hide a right one of the same Warehouse: tag "${tag}"`, () => {
    const index = indexOf(
      warehouse("w", [null, image("example/repo", { constraint: "nope nope" }), image("example/repo")]),
    );

    const [match] = index.match(push(tag));

    assert.equal(match?.isMatched, true);
  });
}

test("a project's push stays in its namespace; a ClusterConfig's reaches all", () => {
  const index = indexOf(
    warehouse("w", [image("example/repo")]),
    warehouse("w", [image("example/repo")], { namespace: "other" }),
  );

  const [project, cluster] = [index.match(push("1.0.0")), index.match({ ...push("1.0.0"), project: "" })];

  assert.deepEqual([project.map(({ key }) => key), cluster.map(({ key }) => key)], [["demo/w"], ["demo/w", "other/w"]]);
});

test("a changed Warehouse is found under its new repositories only", () => {
  const index = indexOf(warehouse("w", [image("example/repo")]));

  const isOther = index.update("demo/w", warehouse("w", [image("example/new")], { generation: 2 }));

  assert.equal(isOther, true);
  assert.deepEqual(index.match(push("1.0.0")), []);
  assert.equal(index.match(push("1.0.0", "example/new")).length, 1);
});

test("a status that moves changes nothing; a deletion does", () => {
  const index = indexOf(warehouse("w", [image("example/repo")]));

  const changes = [
    index.update("demo/w", warehouse("w", [image("example/repo")])),
    index.update("demo/w", warehouse("w", [image("example/repo")], { uid: "other" })),
    index.update("demo/w", undefined),
  ];

  assert.deepEqual(changes, [false, true, true]);
  assert.deepEqual(index.match({ ...push("1.0.0"), project: "" }), []);
});

test("a push that two names of a repository admit asks for both by naming neither", () => {
  const index = createWarehouseIndex(createRegistryAliases(["mirror.example.com=docker.io"]));
  index.update("demo/w", warehouse("w", [image("example/repo"), image("mirror.example.com/example/repo")]));

  const [match] = index.match(push("1.0.0"));

  assert.deepEqual([match?.isMatched, match?.repoURL], [true, ""]);
});

test("each of several tags is judged by itself, and a Warehouse that wants none of them is not matched", () => {
  const index = indexOf(
    warehouse("some", [image("example/repo", { constraint: "^1.0.0" })]),
    warehouse("none", [image("example/repo", { constraint: "^9.0.0" })]),
  );

  const matches = index.match({ ...push(""), tags: ["1.0.0", "2.0.0"] });

  assert.deepEqual(
    matches.map(({ name, tag, isMatched }) => `${name} ${tag} ${isMatched}`),
    ["some 1.0.0 true", "some 2.0.0 false", "none 1.0.0 false", "none 2.0.0 false"],
  );
});

test("a Warehouse that wants more tags of one push than can be followed looks at everything", () => {
  const index = indexOf(warehouse("w", [image("example/repo")]));
  const tags = Array.from({ length: 21 }, (_, place) => `1.0.${place}`);

  const matches = index.match({ ...push(""), tags });

  assert.deepEqual(
    matches.map(({ tag, isMatched, rule }) => [tag, isMatched, rule]),
    [["", true, "it wants 21 of the pushed tags"]],
  );
});
