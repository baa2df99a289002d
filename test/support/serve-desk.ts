// What the tests of `dockbell serve` stand on: a real API server, a registry on loopback, replicas, and the user with
// kubectl. All of it is started in the first test of a file and ended after its last.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectTo, findClusterAccess } from "../../src/app/cluster.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/app/system.ts";
import { dockerHubPayload } from "../../src/cli/payload.ts";
import type { Handler } from "../../src/http/message.ts";
import { createNetworkTransport } from "../../src/http/transport.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import { openDirectoryStore } from "../../src/localregistry/directory-store.ts";
import { createLocalRegistry } from "../../src/localregistry/local-registry.ts";
import { pushImage } from "../../src/localregistry/push-image.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../../src/resources/project-config.ts";
import { WAREHOUSES, type Warehouse } from "../../src/resources/warehouse.ts";
import { startListener } from "../../src/server/listener.ts";
import { eventually } from "./dockbell.ts";
import { Kubectl } from "./kubectl.ts";
import { blocksOf } from "./pages.ts";
import { type RealApi, startRealApi } from "./real-api.ts";
import { createReplica, type Replica } from "./replica.ts";

/** The project of the README's manifests. */
export const PROJECT = "my-project";
const REPOSITORY = "team/app";
const APP = { namespace: PROJECT, name: "app" };

export interface ServeDesk {
  readonly api: RealApi;
  readonly client: KubeClient;
  /** The README's manifests, with the registry of this test for Docker Hub. */
  readonly manifests: string;
  /** Runs it and fails unless it succeeds; returns what it printed. */
  kubectl(command: string, input?: string): Promise<string>;
  /** On the API server itself, or on what stands before it. */
  replica(name: string, kubeconfig?: string): Replica;
  push(tag: string, repository?: string): Promise<void>;
  /** What a Warehouse subscribes to for a repository of this test. */
  repoURL(repository: string): string;
  /** Nobody is answered by the registry until `go` is called. */
  holdRegistry(): { go(): void };
  /** The receiver's path, once it is published. */
  receiverPath(): Promise<string>;
  /** The webhook of a push. */
  webhook(tag: string, repository?: string): string;
  /** Sends it until the replica knows the path. */
  untilAnswered(replica: Replica, path: string, tag: string): Promise<void>;
  warehouse(): Promise<Warehouse>;
  /** Waits until the Warehouse shows the tag first. */
  untilDiscovered(tag: string): Promise<void>;
  dispose(): Promise<void>;
}

export async function openServeDesk(): Promise<ServeDesk> {
  const api = await startRealApi();
  const registry = await startRegistry();
  const kubectl = new Kubectl(api.kubeconfig, api.kubectl);
  const access = findClusterAccess({ env: {}, kubeconfig: api.kubeconfig });
  const { client, close } = connectTo(access, { env: {}, userAgent: "dockbell-test", log: () => {} });
  const replicas: Replica[] = [];
  const warehouse = async () => (await client.get<Warehouse>(WAREHOUSES, APP)) ?? assert.fail("there is no Warehouse");
  const newestTag = async () => {
    const { images } = (await warehouse()).status?.discoveredArtifacts ?? {};
    return images?.[0]?.references?.[0]?.tag;
  };
  const repoURL = (repository: string) => `${registry.host}/${repository}`;
  const webhook = (tag: string, repository = REPOSITORY) =>
    dockerHubPayload({ repository: repoURL(repository), tag, mediaType: "", pushedAt: 0 });
  return {
    api,
    client,
    manifests: manifestsFor(registry.host),
    async kubectl(command, input = "") {
      const { code, stdout, stderr } = await kubectl.run(command.split(" "), { input });
      assert.equal(code, 0, `kubectl ${command}: ${stderr}`);
      return stdout;
    },
    replica(name, kubeconfig = api.kubeconfig) {
      const replica = createReplica({ name, kubeconfig, baseURL: "https://dockbell.example.com" });
      replicas.push(replica);
      return replica;
    },
    push: registry.push,
    repoURL,
    holdRegistry: registry.hold,
    async receiverPath() {
      const publish = async () => {
        const config = await client.get<ProjectConfig>(PROJECT_CONFIGS, { namespace: PROJECT, name: PROJECT });
        return config?.status?.webhookReceivers?.[0]?.path ?? "";
      };
      await eventually(
        async () => (await publish()) !== "",
        () => replicas.map((one) => one.output()).join("\n"),
      );
      return publish();
    },
    webhook,
    untilAnswered: (replica, path, tag) =>
      eventually(
        async () => [200, 202].includes((await replica.post(path, webhook(tag))).status),
        () => replica.output(),
        50,
      ),
    warehouse,
    untilDiscovered: (tag) =>
      eventually(
        async () => (await newestTag()) === tag,
        () => `${tag} was not discovered:\n${replicas.map((one) => one.output()).join("\n")}`,
        50,
      ),
    async dispose() {
      for (const replica of replicas) await replica.dispose();
      close();
      kubectl.dispose();
      await registry.close();
      await api.dispose();
    },
  };
}

function manifestsFor(registry: string): string {
  const manifests = blocksOf("README.md").find(({ text }) => text.includes("kind: Warehouse"))?.text ?? "";
  return manifests.replace("repoURL: example/app", `repoURL: ${registry}/${REPOSITORY}`);
}

async function startRegistry() {
  const directory = mkdtempSync(join(tmpdir(), "dockbell-registry-"));
  const { handler } = createLocalRegistry({ store: openDirectoryStore(directory), random: SYSTEM_RANDOM });
  let held = Promise.resolve();
  const holding: Handler = async (request) => {
    if (request.method === "GET" || request.method === "HEAD") await held;
    return handler(request);
  };
  const listener = await startListener({
    handler: holding,
    host: "127.0.0.1",
    port: 0,
    clock: SYSTEM_CLOCK,
    onError: (error) => assert.fail(String(error)),
  });
  const host = `127.0.0.1:${listener.port}`;
  const network = createNetworkTransport({});
  return {
    host,
    async push(tag: string, repository = REPOSITORY) {
      const createdAt = new Date(SYSTEM_CLOCK.now()).toISOString();
      const image = { origin: `http://${host}`, repository, tag, createdAt };
      await pushImage({ ...image, transport: network.transport });
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return { go: resolve };
    },
    async close() {
      network.close();
      await listener.close(0);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
