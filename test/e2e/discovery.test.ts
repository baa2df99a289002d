// The walk from push to Warehouse against the registries that users run, pushed to with crane, oras and helm.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "node:test";
import { gzipSync } from "node:zlib";
import { type PushTarget, walkDiscovery } from "../support/discovery-walk.ts";
import { type RegistryKind, startRealRegistry } from "../support/registries.ts";

const KINDS: readonly RegistryKind[] = ["debian", "cncf", "bearer"];

async function startTarget(kind: RegistryKind): Promise<PushTarget> {
  const registry = await startRealRegistry(kind);
  const { host, login, directory } = registry;
  let pushes = 0;
  return {
    host,
    login,
    async pushImage(repository, tag) {
      pushes += 1;
      const layer = `layer-${pushes}.tar.gz`;
      writeFileSync(join(directory, layer), gzipSync(Buffer.alloc(1_024, pushes)));
      const reference = `${host}/${repository}:${tag}`;
      if (pushes % 2 === 0) await registry.push("oras", "push", "--plain-http", reference, layer);
      else await registry.push("crane", "append", "--oci-empty-base", "-f", layer, "-t", reference);
    },
    async pushChart(name, version) {
      mkdirSync(join(directory, name), { recursive: true });
      writeFileSync(join(directory, name, "Chart.yaml"), `apiVersion: v2\nname: ${name}\nversion: ${version}\n`);
      await registry.push("helm", "package", name);
      await registry.push("helm", "push", `${name}-${version}.tgz`, `oci://${host}/charts`, "--plain-http");
    },
    stop: () => registry.stop(),
  };
}

for (const kind of KINDS) describe(`the ${kind} registry`, () => walkDiscovery(() => startTarget(kind)));
