// Dates, annotations and platforms of images on a real registry: docs/compatibility.md, section 8.2.
import assert from "node:assert/strict";
import { after, beforeEach, describe, test } from "node:test";
import { createImageRegistry, HOST, type ImageContent, type IndexContent } from "../../test/support/image-registry.ts";
import { parseImageReference } from "../references/image.ts";
import { formatCreatedAt } from "./created-at.ts";
import { readImageMetadata } from "./image-metadata.ts";

describe("metadata of images", () => {
  const registry = createImageRegistry();
  after(() => registry.dispose());
  beforeEach(() => registry.forget());

  const CREATED = "org.opencontainers.image.created";
  const BUILD_DATE = "org.label-schema.build-date";
  const repository = parseImageReference(`${HOST}/app`);

  async function read(tag: string, platform?: string) {
    const { client } = registry;
    const manifest = await client.getManifest(repository, tag);
    assert.ok(manifest);
    const { signal } = new AbortController();
    const image = await readImageMetadata({ client, repository, manifest, platform, signal });
    return (
      image && { ...image, createdAt: image.createdAt === undefined ? undefined : formatCreatedAt(image.createdAt) }
    );
  }

  const SINGLE: readonly (readonly [what: string, image: ImageContent, createdAt: string | undefined])[] = [
    [
      "the manifest's annotation",
      { annotations: { [CREATED]: "2024-01-01T00:00:00Z" }, created: "2025-01-01T00:00:00Z" },
      "2024-01-01T00:00:00Z",
    ],
    [
      "the older key where the newer is no date",
      { annotations: { [CREATED]: "soon", [BUILD_DATE]: "2024-02-01T00:00:00Z" } },
      "2024-02-01T00:00:00Z",
    ],
    ["the config's date", { created: "2024-03-01T00:00:00Z" }, "2024-03-01T00:00:00Z"],
    [
      "the label when it is later than the config's date",
      { created: "2024-03-01T00:00:00Z", labels: { [CREATED]: "2024-04-01T00:00:00Z" } },
      "2024-04-01T00:00:00Z",
    ],
    [
      "the config's date when it is later than the label",
      { created: "2024-05-01T00:00:00Z", labels: { [BUILD_DATE]: "2024-04-01T00:00:00Z" } },
      "2024-05-01T00:00:00Z",
    ],
    ["nothing where nothing is known", {}, undefined],
  ];

  for (const [what, image, createdAt] of SINGLE) {
    test(`a single image's date is ${what}`, async () => {
      await registry.pushImage("app", "one", image);

      assert.equal((await read("one"))?.createdAt, createdAt);
    });
  }

  const TWO: IndexContent["children"] = [
    { platform: "linux/amd64", image: { created: "2024-01-01T00:00:00Z" } },
    { platform: "linux/arm64/v8", image: { created: "2024-06-01T00:00:00Z" } },
  ];
  const INDEXES: readonly (readonly [what: string, index: IndexContent, createdAt: string | undefined])[] = [
    [
      "its own annotation",
      { annotations: { [CREATED]: "2023-01-01T00:00:00Z" }, children: TWO },
      "2023-01-01T00:00:00Z",
    ],
    ["the newest of its children", { children: TWO }, "2024-06-01T00:00:00Z"],
    [
      "a child's descriptor before that child's image",
      {
        children: [
          {
            platform: "linux/amd64",
            annotations: { [CREATED]: "2022-01-01T00:00:00Z" },
            image: { created: "2024-01-01T00:00:00Z" },
          },
        ],
      },
      "2022-01-01T00:00:00Z",
    ],
    [
      "never an attestation's",
      {
        children: [
          TWO[0] ?? {},
          { platform: "unknown/unknown", image: { created: "2026-01-01T00:00:00Z" } },
          { image: { created: "2026-01-01T00:00:00Z" } },
        ],
      },
      "2024-01-01T00:00:00Z",
    ],
  ];

  for (const [what, index, createdAt] of INDEXES) {
    test(`an index's date is ${what}`, async () => {
      await registry.pushIndex("app", "index", index);

      assert.equal((await read("index"))?.createdAt, createdAt);
    });
  }

  test("a platform is matched exactly, variant included, and its annotations come over those of the index", async () => {
    const children = TWO.map((child) => ({ ...child, annotations: { who: child.platform ?? "" } }));
    await registry.pushIndex("app", "index", { annotations: { who: "index", and: "more" }, children });

    assert.deepEqual((await read("index"))?.annotations, { who: "index", and: "more" });
    assert.deepEqual((await read("index", "linux/arm64/v8"))?.annotations, { who: "linux/arm64/v8", and: "more" });
    assert.equal((await read("index", "linux/arm64/v8"))?.createdAt, "2024-06-01T00:00:00Z");
    assert.equal(await read("index", "linux/arm64"), undefined);
  });

  test("a single image matches no platform", async () => {
    await registry.pushImage("app", "one", {});

    assert.equal(await read("one", "linux/amd64"), undefined);
  });

  test("an index of attestations alone is an error", async () => {
    await registry.pushIndex("app", "index", { children: [{ platform: "unknown/unknown" }] });

    await assert.rejects(read("index"), /empty V2 manifest list or OCI index is not supported/);
  });
});
