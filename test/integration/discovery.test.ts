// The walk from push to Warehouse against the example's own registry, behind a login.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "node:test";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/app/system.ts";
import { createNetworkTransport } from "../../src/http/transport.ts";
import { openDirectoryStore } from "../../src/localregistry/directory-store.ts";
import { createLocalRegistry } from "../../src/localregistry/local-registry.ts";
import { pushImage } from "../../src/localregistry/push-image.ts";
import { type PushTarget, walkDiscovery } from "../support/discovery-walk.ts";
import { listenerOf, requireBasic, startTestRegistry } from "../support/test-registry.ts";

const LOGIN = { username: "me", password: "correct-horse" };

async function startExampleRegistry(): Promise<PushTarget> {
  const directory = mkdtempSync(join(tmpdir(), "dockbell-registry-"));
  const { handler } = createLocalRegistry({ store: openDirectoryStore(directory), random: SYSTEM_RANDOM });
  const server = await startTestRegistry(listenerOf(requireBasic(handler, LOGIN)));
  const network = createNetworkTransport({});
  const authorization = `Basic ${Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString("base64")}`;
  const transport: typeof network.transport = (request) =>
    network.transport({ ...request, headers: { ...request.headers, authorization } });
  const push = async (repository: string, tag: string) => {
    const createdAt = new Date(SYSTEM_CLOCK.now()).toISOString();
    await pushImage({ transport, origin: `http://${server.host}`, repository, tag, createdAt });
  };
  return {
    host: server.host,
    login: LOGIN,
    pushImage: push,
    pushChart: (name, version) => push(`charts/${name}`, version.replaceAll("+", "_")),
    async stop() {
      network.close();
      server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

describe("the example's registry behind a login", () => walkDiscovery(startExampleRegistry));
