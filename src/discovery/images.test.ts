// The four strategies on a real registry, and what each costs: docs/compatibility.md, section 8.1.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { createImageRegistry, HOST, type ImageRegistry, refusal } from "../../test/support/image-registry.ts";
import type { ImageSubscription } from "../resources/subscription.ts";
import { discoverImages, type ImageDiscovery } from "./images.ts";

describe("discovery of images", () => {
  let registry: ImageRegistry;
  beforeEach(() => {
    registry = createImageRegistry();
  });
  afterEach(() => registry.dispose());

  type Options = Partial<Parameters<typeof discoverImages>[0]>;

  function discover(subscription: Omit<ImageSubscription, "repoURL">, options: Options = {}): Promise<ImageDiscovery> {
    return discoverImages({
      subscription: { repoURL: `${HOST}/app`, ...subscription },
      client: registry.client,
      earlier: { references: [], unsuitable: new Set(), isTrusted: false },
      pushed: new Set(),
      signal: new AbortController().signal,
      ...options,
    });
  }

  function tagsOf({ result }: ImageDiscovery): readonly string[] {
    return (result.references ?? []).map(({ tag }) => tag);
  }

  async function push(...tags: readonly string[]): Promise<void> {
    for (const tag of tags) await registry.pushImage("app", tag);
  }

  /** What a later discovery knows of an earlier one. */
  function earlierOf({ result, unsuitable }: ImageDiscovery, isTrusted: boolean): Options {
    return { earlier: { references: result.references ?? [], unsuitable, isTrusted } };
  }

  test("SemVer keeps the versions that the constraint admits, newest first, 1.0.0 before its looser spelling", async () => {
    await push("1.0.0", "1.0", "0.9.0", "1.10.0", "1.9.0", "2.0.0", "latest", "1.11.0-rc.1");

    const strict = await discover({ constraint: "^1.0.0" });
    const loose = await discover({ constraint: "^1.0.0", strictSemvers: false });

    assert.deepEqual(tagsOf(strict), ["1.10.0", "1.9.0", "1.0.0"]);
    assert.deepEqual(tagsOf(loose), ["1.10.0", "1.9.0", "1.0.0", "1.0"]);
  });

  test("Lexical keeps the tags that the patterns admit, in descending bytes", async () => {
    await push("2024-01", "2024-10", "2024-2", "Nightly", "nightly-2023");

    const found = await discover({
      imageSelectionStrategy: "Lexical",
      allowTagsRegexes: ["^20", "night"],
      ignoreTagsRegexes: ["-2$"],
    });

    assert.deepEqual(tagsOf(found), ["nightly-2023", "2024-10", "2024-01"]);
  });

  test("NewestBuild orders all candidates by date, equal dates by tag, undated ones last", async () => {
    const created: Readonly<Record<string, string>> = {
      a: "2024-01-01T00:00:00.1Z",
      b: "2024-01-01T00:00:00.2Z",
      c: "2023-01-01T00:00:00Z",
      d: "2023-01-01T00:00:00Z",
    };
    for (const [tag, date] of Object.entries(created)) await registry.pushImage("app", tag, { created: date });
    await registry.pushImage("app", "z", {});

    const found = await discover({ imageSelectionStrategy: "NewestBuild" });
    const two = await discover({ imageSelectionStrategy: "NewestBuild", discoveryLimit: 2 });

    assert.deepEqual(tagsOf(found), ["b", "a", "d", "c", "z"]);
    assert.deepEqual(tagsOf(two), ["b", "a"]);
    assert.equal(found.result.references?.[4]?.createdAt, undefined);
  });

  test("Digest follows one tag without listing the others, and an absent one is no error", async () => {
    await push("stable");

    const found = await discover({ imageSelectionStrategy: "Digest", constraint: "stable" });
    const absent = await discover({ imageSelectionStrategy: "Digest", constraint: "gone" });

    assert.deepEqual([tagsOf(found), tagsOf(absent)], [["stable"], []]);
    assert.ok(!registry.asked().includes("TAGS app"));
  });

  test("a repository that the registry does not know is an error to all but Digest", async () => {
    await assert.rejects(discover({}), /NAME_UNKNOWN/);

    assert.deepEqual(tagsOf(await discover({ imageSelectionStrategy: "Digest", constraint: "x" })), []);
  });

  test("twenty are kept unless the subscription says otherwise", async () => {
    await push(...Array.from({ length: 25 }, (_, patch) => `1.0.${patch}`));

    const found = await discover({});
    const three = await discover({ discoveryLimit: 3 });

    assert.equal(tagsOf(found).length, 20);
    assert.deepEqual(tagsOf(three), ["1.0.24", "1.0.23", "1.0.22"]);
  });

  test("tags that lack the platform do not count against the limit", async () => {
    const children = [{ platform: "linux/amd64" }];
    for (const tag of ["1.0.0", "1.2.0"]) await registry.pushIndex("app", tag, { children });
    await push("1.1.0", "1.3.0");

    const found = await discover({ platform: "linux/amd64", discoveryLimit: 2 });

    assert.deepEqual(tagsOf(found), ["1.2.0", "1.0.0"]);
    assert.deepEqual([...found.unsuitable].sort(), ["1.1.0", "1.3.0"]);
  });

  test("a tag that is deleted after the list is passed over", async () => {
    await push("1.0.0", "1.1.0");
    registry.instead = (_request, asked) => (asked === "GET app:1.1.0" ? refusal(404, "MANIFEST_UNKNOWN") : undefined);

    assert.deepEqual(tagsOf(await discover({})), ["1.0.0"]);
  });

  test("any other error fails the subscription", async () => {
    await push("1.0.0", "1.1.0");
    registry.instead = (_request, asked) => (asked === "GET app:1.1.0" ? refusal(403, "DENIED") : undefined);

    await assert.rejects(discover({}), /DENIED/);
  });

  test("a first look costs the tag list, and a manifest and a config for each tag", async () => {
    await push("1.0.0", "1.1.0");

    await discover({});

    assert.deepEqual([...registry.asked()].sort(), ["BLOB app", "GET app:1.0.0", "GET app:1.1.0", "TAGS app"]);
  });

  test("a look at what did not move costs a free HEAD for each kept tag, and no pull", async () => {
    await push("1.0.0", "1.1.0");
    const first = await discover({});
    registry.forget();

    await discover({}, earlierOf(first, false));

    assert.deepEqual([...registry.asked()].sort(), ["HEAD app:1.0.0", "HEAD app:1.1.0", "TAGS app"]);
  });

  test("for a push, a trusted look asks for the pushed tag alone", async () => {
    await push("1.0.0", "1.1.0");
    const first = await discover({});
    await push("1.2.0");
    registry.forget();

    const found = await discover({}, { ...earlierOf(first, true), pushed: new Set(["1.2.0"]) });

    assert.deepEqual(tagsOf(found), ["1.2.0", "1.1.0", "1.0.0"]);
    assert.deepEqual(registry.asked(), ["HEAD app:1.2.0", "GET app@digest"]);
    assert.equal(found.sightings.get("1.2.0"), "new");
  });

  const STRATEGIES: readonly Omit<ImageSubscription, "repoURL">[] = [
    { discoveryLimit: 3, strictSemvers: false },
    { discoveryLimit: 3, imageSelectionStrategy: "Lexical" },
  ];

  for (const subscription of STRATEGIES) {
    const strategy = subscription.imageSelectionStrategy ?? "SemVer";
    test(`a trusted look finds what a full one finds, wherever ${strategy} puts the pushed tag`, async () => {
      await push("1.0.0", "1.1.0", "1.1", "1.10.0", "1.2.0");
      for (const tag of ["0.9.0", "1.1.1", "1.10", "1.9.0", "2.0.0", "1.10.0"]) {
        const first = await discover(subscription);
        await push(tag);

        const found = await discover(subscription, { ...earlierOf(first, true), pushed: new Set([tag]) });

        assert.deepEqual(found.result, (await discover(subscription)).result);
      }
    });
  }

  test("a kept tag that lost its image leaves its place to one that the list tells", async () => {
    await push("1.0.0", "1.1.0", "1.2.0");
    const first = await discover({ discoveryLimit: 2 });
    registry.instead = (_request, asked) => (asked === "HEAD app:1.2.0" ? refusal(404, "MANIFEST_UNKNOWN") : undefined);

    const found = await discover({ discoveryLimit: 2 }, { ...earlierOf(first, true), pushed: new Set(["1.2.0"]) });

    assert.deepEqual(tagsOf(found), ["1.1.0", "1.0.0"]);
    assert.equal(found.sightings.get("1.2.0"), "missing");
  });

  test("NewestBuild asks for every candidate even when the last look is trusted", async () => {
    await push("a", "b");
    const first = await discover({ imageSelectionStrategy: "NewestBuild" });
    registry.forget();

    await discover({ imageSelectionStrategy: "NewestBuild" }, { ...earlierOf(first, true), pushed: new Set(["a"]) });

    assert.deepEqual([...registry.asked()].sort(), ["HEAD app:a", "HEAD app:b", "TAGS app"]);
  });

  test("what became of each pushed tag is told", async () => {
    await push("1.0.0", "1.1.0", "1.2.0");
    const first = await discover({ discoveryLimit: 2 });
    await registry.pushImage("app", "1.2.0", { annotations: { again: "yes" } });

    const { sightings } = await discover(
      { discoveryLimit: 2, constraint: "^1.0.0" },
      { ...earlierOf(first, true), pushed: new Set(["1.2.0", "1.1.0", "1.0.0", "1.9.0", "latest"]) },
    );

    assert.deepEqual(Object.fromEntries(sightings), {
      "1.2.0": "new",
      "1.1.0": "same-digest",
      "1.0.0": "unwanted",
      "1.9.0": "missing",
      latest: "unwanted",
    });
  });

  test("a pushed tag that is served but not listed yet is taken", async () => {
    await push("1.0.0", "1.1.0");
    registry.instead = (_request, asked) => {
      if (asked !== "TAGS app") return undefined;
      return { status: 200, headers: {}, body: Buffer.from('{"name":"app","tags":["1.0.0"]}') };
    };

    const found = await discover({}, { pushed: new Set(["1.1.0"]) });

    assert.deepEqual(tagsOf(found), ["1.1.0", "1.0.0"]);
  });

  test("at most four requests are under way at a time", async () => {
    await push(...Array.from({ length: 12 }, (_, patch) => `1.0.${patch}`));
    let underWay = 0;
    let most = 0;
    const { client } = registry;
    const counting = {
      ...client,
      listTags: client.listTags.bind(client),
      headManifest: client.headManifest.bind(client),
      getConfig: client.getConfig.bind(client),
      async getManifest(...args: Parameters<typeof client.getManifest>) {
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setImmediate(resolve));
        underWay -= 1;
        return client.getManifest(...args);
      },
    };

    await discover({}, { client: counting });

    assert.equal(most, 4);
  });
});
