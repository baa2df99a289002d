// Quay's webhook: docs/compatibility.md, section 5. The fixture is the example of a repository push in
// https://docs.quay.io/guides/notifications.html.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createWarehouse, image, publishReceiver, receivingFor } from "../../test/support/receiving.ts";
import { QUAY } from "./quay.ts";

const FIXTURE = readFileSync(join(import.meta.dirname, "fixtures/quay.json"));
const URL = "quay.io/mynamespace/repository";

function parse(payload: unknown): ReturnType<typeof QUAY.parse> {
  return QUAY.parse(Buffer.from(JSON.stringify(payload)));
}

test("the published example is a push of its tag", () => {
  const parsed = QUAY.parse(FIXTURE);

  assert.deepEqual(parsed, { kind: "push", push: { repoURLs: [URL], tags: ["latest"], mediaType: "" } });
});

const PUSHES: readonly (readonly [
  what: string,
  payload: unknown,
  repoURLs: readonly string[],
  tags: readonly string[],
])[] = [
  [
    "several tags, sorted and without repeats",
    { docker_url: URL, updated_tags: ["b", "a", "", "b"] },
    [URL],
    ["a", "b"],
  ],
  ["no tags", { docker_url: URL, updated_tags: [] }, [URL], []],
  ["tags that are missing", { docker_url: URL }, [URL], []],
  ["tags that are null", { docker_url: URL, updated_tags: null }, [URL], []],
  ["a name with capitals", { docker_url: "Quay.io/MyNamespace/Repository" }, [URL], []],
  ["image and chart form", { docker_url: "OCI://Example/Repo" }, ["example/repo", "oci://example/repo"], []],
  ["keys in other letter case", { Docker_URL: URL, UPDATED_TAGS: ["a"] }, [URL], ["a"]],
  ["nothing", {}, [], []],
  ["null", null, [], []],
  [
    "more tags than anybody pushes",
    { docker_url: URL, updated_tags: Array.from({ length: 101 }, (_, place) => `1.0.${place}`) },
    [URL],
    [],
  ],
];

for (const [what, payload, repoURLs, tags] of PUSHES) {
  test(`a payload with ${what} is read`, () => {
    const parsed = parse(payload);

    assert.deepEqual(parsed, { kind: "push", push: { repoURLs, tags, mediaType: "" } });
  });
}

for (const payload of [[], "x", 1, { docker_url: 1 }, { updated_tags: "a" }, { updated_tags: [1] }]) {
  test(`${JSON.stringify(payload)} is refused`, () => {
    const parsed = parse(payload);

    assert.equal(parsed.kind, "refused");
  });
}

test("one delivery of several tags counts each Warehouse once, and says of each tag what became of it", async (t) => {
  const it = await receivingFor(t);
  await publishReceiver(it.kube, "quays", "/quay/0123abcd");
  await createWarehouse(it.kube, "both", image(URL), "quays");
  await createWarehouse(it.kube, "one", image(URL, { constraint: "^1.0.0" }), "quays");
  const body = JSON.stringify({ docker_url: URL, updated_tags: ["2.0.0", "1.0.0"] });

  const answers = [await it.post(body, "/quay/0123abcd"), await it.post("{", "/quay/0123abcd")];

  const { database } = it;
  const rows = (table: string, columns: string) =>
    database.read((db) => db.prepare(`SELECT ${columns} FROM ${table} ORDER BY name, tag`).all());
  const text = (row: object) => Object.values(row).join(" ");
  assert.deepEqual(
    answers.map(({ status, text: said }) => `${status} ${said}`),
    ['200 {"msg":"refreshed 2 warehouse(s)"}\n', '400 {"error":"invalid request body"}\n'],
  );
  assert.deepEqual(rows("target", "name, tag, state").map(text), [
    "both 1.0.0 refreshed",
    "both 2.0.0 refreshed",
    "one 1.0.0 refreshed",
  ]);
  assert.equal(it.kube.requests.filter((line) => line.startsWith("PATCH")).length, 2);
});
