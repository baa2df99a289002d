// The registry client against the registries that users run, pushed to as users push.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { OciRepository } from "../../src/registries/oci-client.ts";
import { Redacted } from "../../src/telemetry/redacted.ts";
import { createTestOciClient, type TestOciClient } from "../support/oci-clients.ts";
import { type RealRegistry, type RegistryKind, startRealRegistry } from "../support/registries.ts";

const KINDS: readonly RegistryKind[] = ["debian", "cncf", "basic", "bearer", "example"];
const CREATED_AT = "2026-11-20T10:00:00Z";

for (const kind of KINDS) {
  describe(`the ${kind} registry`, () => {
    let registry: RealRegistry;
    let client: TestOciClient;
    before(async () => {
      registry = await startRealRegistry(kind);
      client = createTestOciClient(registry.ca === undefined ? {} : { ca: registry.ca });
      writeFileSync(join(registry.directory, "layer.tar.gz"), gzipSync(Buffer.alloc(1_024)));
    });
    after(async () => {
      client?.close();
      await registry?.stop();
    });

    const plainHTTP = () => (registry.ca === undefined ? ["--plain-http"] : []);
    const repositoryOf = (repository: string): OciRepository => {
      const { host, login } = registry;
      const credential = login && { username: login.username, password: new Redacted(login.password) };
      return { registry: host, repository, credential };
    };

    test("shows an image that crane pushed, with its digest, annotations and labels", async () => {
      const reference = `${registry.host}/team/app:1.0.0`;
      const annotation = `org.opencontainers.image.created=${CREATED_AT}`;
      await registry.push("crane", "append", "--oci-empty-base", "-f", "layer.tar.gz", "-t", reference);
      await registry.push("crane", "mutate", "-t", reference, "--annotation", annotation, "-l", "team=shop", reference);

      const tags = await client.listTags(repositoryOf("team/app"));
      const head = await client.headManifest(repositoryOf("team/app"), "1.0.0");
      const manifest = await client.getManifest(repositoryOf("team/app"), "1.0.0");

      assert.deepEqual(tags, ["1.0.0"]);
      assert.equal(head?.digest, (await registry.push("crane", "digest", reference)).trim());
      assert.equal(manifest?.kind, "image");
      assert.equal(manifest.digest, head.digest);
      assert.deepEqual(manifest.annotations, { "org.opencontainers.image.created": CREATED_AT });
      const config = await client.getConfig(repositoryOf("team/app"), manifest.config.digest);
      assert.deepEqual(config.labels, { team: "shop" });
    });

    test("shows an index of two platforms that crane put together", async () => {
      const reference = `${registry.host}/team/multi:1.0.0`;
      for (const platform of ["linux/amd64", "linux/arm64/v8"]) {
        const child = `${registry.host}/team/multi:${platform.replaceAll("/", "-")}`;
        await registry.push("crane", "append", "--oci-empty-base", "-f", "layer.tar.gz", "-t", child);
        await registry.push("crane", "mutate", "-t", child, "--set-platform", platform, child);
      }
      const children = ["linux-amd64", "linux-arm64-v8"].flatMap((tag) => ["-m", `${registry.host}/team/multi:${tag}`]);
      await registry.push("crane", "index", "append", ...children, "-t", reference);

      const manifest = await client.getManifest(repositoryOf("team/multi"), "1.0.0");

      assert.equal(manifest?.kind, "index");
      assert.deepEqual(
        manifest.manifests.map(({ platform }) => platform?.architecture),
        ["amd64", "arm64"],
      );
      assert.equal(manifest.manifests[1]?.platform?.variant, "v8");
      const child = await client.getManifest(repositoryOf("team/multi"), manifest.manifests[0]?.digest ?? "");
      assert.equal(child?.kind, "image");
    });

    test("shows an artifact that oras pushed, and every one of more tags than a page holds", async () => {
      const reference = `${registry.host}/team/notes`;
      writeFileSync(join(registry.directory, "notes.txt"), "hello");
      await registry.push(
        "oras",
        "push",
        ...plainHTTP(),
        "--annotation",
        "team=shop",
        `${reference}:first`,
        "notes.txt",
      );
      const tags = Array.from({ length: 1_010 }, (_, number) => `t${number}`);
      await registry.push("oras", "tag", ...plainHTTP(), "--concurrency", "8", `${reference}:first`, ...tags);

      const listed = await client.listTags(repositoryOf("team/notes"));
      const manifest = await client.getManifest(repositoryOf("team/notes"), "first");

      assert.deepEqual(new Set(listed), new Set(["first", ...tags]));
      assert.equal(listed.length, 1_011);
      assert.equal(manifest?.annotations["team"], "shop");
    });

    test("lists the versions of a chart that helm pushed", async () => {
      for (const version of ["0.1.0", "0.2.0+build.1"]) {
        writeChart(join(registry.directory, "app"), version);
        await registry.push("helm", "package", "app");
        await registry.push("helm", "push", `app-${version}.tgz`, `oci://${registry.host}/charts`, ...plainHTTP());
      }

      const tags = await client.listTags(repositoryOf("charts/app"));

      assert.deepEqual(tags.toSorted(), ["0.1.0", "0.2.0_build.1"]);
    });

    test("knows what it does not have", async () => {
      const missing = await client.headManifest(repositoryOf("team/app"), "9.9.9");

      assert.equal(missing, undefined);
      await assert.rejects(client.listTags(repositoryOf("team/unknown")), {
        status: 404,
        message: new RegExp(`${registry.host} does not know this repository \\(HTTP 404\\); NAME_UNKNOWN: `),
      });
    });

    if (kind !== "basic" && kind !== "bearer") return;
    test("refuses who may not, and the error says what to do", async () => {
      const anonymous = { registry: registry.host, repository: "team/app" };
      const wrong = { username: "me", password: new Redacted("wrong-horse") };

      await assert.rejects(client.listTags(anonymous), /refuses an anonymous request: .* needs a Secret/);
      await assert.rejects(
        client.listTags({ ...anonymous, credential: wrong }),
        /refuses the username and password of the Secret/,
      );
    });
  });
}

function writeChart(directory: string, version: string): void {
  mkdirSync(join(directory, "templates"), { recursive: true });
  writeFileSync(join(directory, "Chart.yaml"), `apiVersion: v2\nname: app\nversion: ${version}\n`);
  writeFileSync(join(directory, "values.yaml"), "");
}
