// Versions of charts in OCI registries: docs/compatibility.md, section 8.6.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { createImageRegistry, HOST, type ImageRegistry } from "../../test/support/image-registry.ts";
import type { ChartSubscription } from "../resources/subscription.ts";
import { discoverCharts } from "./charts.ts";

describe("charts in OCI registries", () => {
  let registry: ImageRegistry;
  beforeEach(() => {
    registry = createImageRegistry();
  });
  afterEach(() => registry.dispose());

  function discover(
    subscription: Partial<ChartSubscription>,
    pushed: readonly string[] = [],
    trusted?: readonly string[],
  ) {
    return discoverCharts({
      subscription: { repoURL: `oci://${HOST}/charts/app`, ...subscription },
      client: registry.client,
      pushed: new Set(pushed),
      trusted,
      signal: new AbortController().signal,
    });
  }

  async function push(...tags: readonly string[]): Promise<void> {
    for (const tag of tags) await registry.pushImage("charts/app", tag);
  }

  test("a chart's versions are its strict tags, newest first, with + where a tag has _", async () => {
    await push("1.0.1", "1.0.1_b2", "0.2.0", "v2.0.0", "1.0", "latest", "1.1.0-rc.1");

    const { result } = await discover({});

    assert.deepEqual(result, {
      repoURL: `oci://${HOST}/charts/app`,
      versions: ["1.1.0-rc.1", "1.0.1+b2", "1.0.1", "0.2.0"],
    });
  });

  test("the constraint and the limit count", async () => {
    await push("0.2.0_build.1", "0.2.0", "0.3.0");

    const constrained = await discover({ semverConstraint: "0.2.0" });
    const one = await discover({ discoveryLimit: 1 });

    assert.deepEqual(constrained.result.versions, ["0.2.0+build.1", "0.2.0"]);
    assert.deepEqual(one.result.versions, ["0.3.0"]);
  });

  test("a chart costs the tag list alone", async () => {
    await push("1.0.0", "1.1.0");

    await discover({});

    assert.deepEqual(registry.asked(), ["TAGS charts/app"]);
  });

  test("what became of each pushed tag is told", async () => {
    await push("1.0.0", "1.1.0_b", "v3.0.0");

    const { sightings } = await discover({ discoveryLimit: 1 }, ["1.1.0_b", "1.0.0", "v3.0.0", "2.0.0"]);

    assert.deepEqual(Object.fromEntries(sightings), {
      "1.1.0_b": "new",
      "1.0.0": "unwanted",
      "v3.0.0": "unwanted",
      "2.0.0": "missing",
    });
  });

  test("for a push, a trusted look asks for the pushed tag alone, and finds what a full one finds", async () => {
    await push("1.0.0", "1.1.0_b");
    const { result: before } = await discover({ discoveryLimit: 2 });
    await push("1.2.0_c");
    registry.forget();

    const { result } = await discover({ discoveryLimit: 2 }, ["1.1.0_b", "1.2.0_c"], before.versions);

    assert.deepEqual([...registry.asked()].sort(), ["HEAD charts/app:1.1.0_b", "HEAD charts/app:1.2.0_c"]);
    assert.deepEqual(result, (await discover({ discoveryLimit: 2 })).result);
  });

  test("a kept version that is gone leaves its place to one that the list tells", async () => {
    await push("1.0.0", "1.1.0");

    const { result, sightings } = await discover({ discoveryLimit: 2 }, ["1.2.0"], ["1.2.0", "1.1.0"]);

    assert.deepEqual(result.versions, ["1.1.0", "1.0.0"]);
    assert.equal(sightings.get("1.2.0"), "missing");
  });

  test("names that are not to the letter, and constraints that do not parse, are refused", async () => {
    for (const repoURL of [`oci://${HOST}/charts/App`, `oci://${HOST}/charts/app/`, "oci://app"]) {
      await assert.rejects(discover({ repoURL }), /is not a chart in an OCI registry/);
    }
    await assert.rejects(
      discover({ semverConstraint: "latest" }),
      /error parsing constraint "latest": improper constraint: "latest"/,
    );
    await assert.rejects(discover({ repoURL: "https://charts.example.com", name: "app" }), /not discovered yet/);
  });

  test("a tag in the URL plays no part", async () => {
    await push("1.0.0");

    const { result } = await discover({ repoURL: `oci://${HOST}/charts/app:9.9.9` });

    assert.deepEqual(result.versions, ["1.0.0"]);
  });
});
