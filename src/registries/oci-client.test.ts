// The client against the example's own registry, on a real socket.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createTestOciClient, type TestOciClient } from "../../test/support/oci-clients.ts";
import { listenerOf, startTestRegistry, type TestRegistry } from "../../test/support/test-registry.ts";
import { SYSTEM_RANDOM } from "../app/system.ts";
import { openDirectoryStore } from "../localregistry/directory-store.ts";
import { createLocalRegistry } from "../localregistry/local-registry.ts";
import { pushImage } from "../localregistry/push-image.ts";

const CREATED_AT = "2026-11-20T10:00:00Z";
const INDEX = "application/vnd.oci.image.index.v1+json";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

describe("the client of a registry", () => {
  const directory = mkdtempSync(join(tmpdir(), "registry-"));
  const { handler } = createLocalRegistry({ store: openDirectoryStore(directory), random: SYSTEM_RANDOM });
  let server: TestRegistry;
  let client: TestOciClient;
  const app = () => ({ registry: server.host, repository: "team/app" });

  before(async () => {
    server = await startTestRegistry(listenerOf(handler));
    client = createTestOciClient();
    for (const tag of ["1.0.0", "1.1.0"]) await push("team/app", tag);
  });

  after(() => {
    client.close();
    server.close();
    rmSync(directory, { recursive: true });
  });

  function push(repository: string, tag: string) {
    const origin = `http://${server.host}`;
    return pushImage({ transport: client.network.transport, origin, repository, tag, createdAt: CREATED_AT });
  }

  async function putManifest(
    repository: string,
    reference: string,
    manifest: object,
    mediaType: string,
  ): Promise<void> {
    const body = Buffer.from(JSON.stringify(manifest));
    const headers = { "content-type": mediaType, "content-length": String(body.length) };
    const url = `/v2/${repository}/manifests/${reference}`;
    await handler({ method: "PUT", url, headers, body });
  }

  test("tags are listed, and a tag leads to its digest, manifest and config", async () => {
    const tags = await client.listTags(app());
    const head = await client.headManifest(app(), "1.1.0");
    const manifest = await client.getManifest(app(), "1.1.0");

    assert.deepEqual(tags, ["1.0.0", "1.1.0"]);
    assert.equal(manifest?.kind, "image");
    assert.deepEqual(head, { digest: manifest.digest, mediaType: MANIFEST });
    const config = await client.getConfig(app(), manifest.config.digest);
    assert.deepEqual(config, { created: CREATED_AT, labels: { "org.opencontainers.image.version": "1.1.0" } });
  });

  test("what a digest names is fetched once, also by many at the same moment and for other repositories", async () => {
    const digest = (await push("team/once", "1.0.0")).digest;
    const once = { registry: server.host, repository: "team/once" };
    const before = server.asked.length;

    await Promise.all([1, 2, 3].map(() => client.getManifest(once, digest)));
    await client.getManifest({ ...once, repository: "team/other" }, digest);

    assert.equal(server.asked.length - before, 1);
  });

  test("the digest of a new tag and its content cost one request", async () => {
    await push("team/new", "1.0.0");
    const repository = { registry: server.host, repository: "team/new" };
    const before = server.asked.length;

    const manifest = await client.getManifest(repository, "1.0.0");
    await client.getManifest(repository, manifest?.digest ?? "");

    assert.equal(server.asked.length - before, 1);
  });

  test("an index shows its children with platform and annotations", async () => {
    const { digest } = await push("team/multi", "child");
    const child = {
      mediaType: MANIFEST,
      digest,
      size: 1,
      platform: { os: "linux", architecture: "arm64", variant: "v8" },
    };
    const annotations = { "org.opencontainers.image.created": CREATED_AT };
    const index = { schemaVersion: 2, mediaType: INDEX, manifests: [child, { ...child, annotations }], annotations };
    await putManifest("team/multi", "1.0.0", index, INDEX);

    const manifest = await client.getManifest({ registry: server.host, repository: "team/multi" }, "1.0.0");

    assert.equal(manifest?.kind, "index");
    assert.deepEqual(manifest.annotations, annotations);
    assert.deepEqual(
      manifest.manifests.map((one) => one.platform),
      [child.platform, child.platform],
    );
    assert.deepEqual(manifest.manifests[1]?.annotations, annotations);
  });

  test("a chart pushed as an OCI artifact is listed as any tag", async () => {
    const config = {
      mediaType: "application/vnd.cncf.helm.config.v1+json",
      digest: `sha256:${"0".repeat(64)}`,
      size: 2,
    };
    const chart = { schemaVersion: 2, mediaType: MANIFEST, config, layers: [] };
    for (const tag of ["0.1.0", "0.2.0_build.1"]) await putManifest("charts/app", tag, chart, MANIFEST);

    const tags = await client.listTags({ registry: server.host, repository: "charts/app" });

    assert.deepEqual(tags, ["0.1.0", "0.2.0_build.1"]);
  });

  test("a missing tag, digest or repository is nothing, but its tags cannot be listed", async () => {
    const unknown = { registry: server.host, repository: "team/unknown" };

    const found = [
      await client.headManifest(app(), "9.9.9"),
      await client.getManifest(app(), "9.9.9"),
      await client.getManifest(app(), `sha256:${"0".repeat(64)}`),
      await client.headManifest(unknown, "1.0.0"),
      await client.headManifest(app(), "not/a tag"),
    ];

    assert.deepEqual(found, [undefined, undefined, undefined, undefined, undefined]);
    await assert.rejects(client.listTags(unknown), {
      name: "RegistryError",
      status: 404,
      message: `GET http://${server.host}/v2/team/unknown/tags/list: ${server.host} does not know this repository (HTTP 404); NAME_UNKNOWN: repository name not known to registry`,
    });
  });

  test("a repository name that leads elsewhere is not asked for", async () => {
    const before = server.asked.length;

    const listed = client.listTags({ registry: server.host, repository: "team/../../v2/team/app" });

    await assert.rejects(listed, /is not a repository name/);
    assert.equal(server.asked.length, before);
  });

  test("requests to one host share a few connections", async () => {
    await Promise.all(Array.from({ length: 40 }, () => client.headManifest(app(), "1.0.0")));

    // One more was opened to see whether the host speaks TLS, and one by the pushes.
    assert.ok(server.connections() <= 6, String(server.connections()));
  });
});
