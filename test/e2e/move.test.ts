// Moving from `dockbell up` to a cluster, as docs/running.md says: the objects are carried over with kubectl, and `dockbell
// serve` answers at the same URLs, finds the same Freight, and is asked by the same commands. Needs Go, or the built server
// in its cache.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { freePort } from "../../src/app/data-directory.ts";
import { SYSTEM_CLOCK } from "../../src/app/system.ts";
import { createNetworkTransport } from "../../src/http/transport.ts";
import { openDirectoryStore } from "../../src/localregistry/directory-store.ts";
import { createLocalRegistry } from "../../src/localregistry/local-registry.ts";
import { pushImage } from "../../src/localregistry/push-image.ts";
import { createDockbell, eventually } from "../support/dockbell.ts";
import { namespace } from "../support/manifests.ts";
import { blocksOf } from "../support/pages.ts";
import { type RealApi, startRealApi } from "../support/real-api.ts";
import { createReplica, type Replica } from "../support/replica.ts";
import { HALF } from "../support/test-clock.ts";
import { listenerOf, startTestRegistry } from "../support/test-registry.ts";

const dockbell = createDockbell();
const directory = mkdtempSync(join(tmpdir(), "dockbell-move-"));
const store = openDirectoryStore(join(directory, "registry"));
const registry = await startTestRegistry(listenerOf(createLocalRegistry({ store, random: HALF }).handler));
const port = await freePort();
const BASE_URL = `http://127.0.0.1:${port}/hooks`;

let real: RealApi;
let serving: Replica | undefined;
before(async () => {
  real = await startRealApi();
});
after(async () => {
  await serving?.dispose();
  await dockbell.dispose();
  await real.dispose();
  registry.close();
  rmSync(directory, { recursive: true });
});

const MANIFESTS = `${namespace("shop")}${namespace("kargo-system-resources")}---
apiVersion: kargo.akuity.io/v1alpha1
kind: Project
metadata: { name: shop }
---
apiVersion: v1
kind: Secret
metadata: { name: dh, namespace: shop }
stringData: { secret: a-secret-of-the-shop }
---
apiVersion: v1
kind: Secret
metadata: { name: dh, namespace: kargo-system-resources }
stringData: { secret: a-secret-of-everybody }
---
apiVersion: kargo.akuity.io/v1alpha1
kind: ProjectConfig
metadata: { name: shop, namespace: shop }
spec: { webhookReceivers: [{ name: hub, dockerhub: { secretRef: { name: dh } } }] }
---
apiVersion: kargo.akuity.io/v1alpha1
kind: ClusterConfig
metadata: { name: cluster }
spec: { webhookReceivers: [{ name: all, dockerhub: { secretRef: { name: dh } } }] }
---
apiVersion: kargo.akuity.io/v1alpha1
kind: Warehouse
metadata: { name: app, namespace: shop }
spec:
  subscriptions:
    - image: { repoURL: "${registry.host}/shop/app", constraint: ^1.0.0 }
`;

/** Lines of the documentation, in a shell whose kubectl is the cluster's. */
function shell(lines: string, input = ""): string {
  const env = { ...process.env, PATH: `${join(real.kubectl, "..")}:${process.env["PATH"]}` };
  const options = { input, env: { ...env, OLD: upKubeconfig(), NEW: real.kubeconfig }, encoding: "utf8" } as const;
  return execFileSync("bash", ["-euo", "pipefail", "-c", lines], options);
}

function upKubeconfig(): string {
  return join(dockbell.directory, "kubeconfig");
}

async function push(tag: string): Promise<void> {
  const createdAt = new Date(SYSTEM_CLOCK.now()).toISOString();
  // A connection kept from the push before may be closed by the registry in the moment it is used.
  const { transport, close } = createNetworkTransport({});
  await pushImage({ transport, origin: `http://${registry.host}`, repository: "shop/app", tag, createdAt });
  close();
}

async function run(...args: readonly string[]): Promise<string> {
  const { code, output } = await dockbell.run(...args);
  assert.equal(code, 0, output);
  return output;
}

const urls = (...flags: readonly string[]) =>
  Promise.all(["shop/hub", "/all"].map((name) => run("receivers", "url", name, ...flags)));

const freight = (kubeconfig: string) =>
  shell(`kubectl --kubeconfig ${kubeconfig} get freight -n shop -o name`).trim().split("\n").toSorted();

test("objects are carried over with kubectl, twice if need be, and every receiver keeps its URL", async () => {
  await push("1.0.0");
  await dockbell.start("--base-url", BASE_URL);
  shell(`kubectl --kubeconfig "$OLD" apply -f -`, MANIFESTS);
  const old = ["--data-dir", dockbell.directory];
  await eventually(
    async () => (await dockbell.run("wait", "shop/app", "--tag", "1.0.0", ...old)).code === 0,
    dockbell.output,
  );
  const [before, freightBefore] = [await urls(...old), freight(upKubeconfig())];

  const move = moveLines();
  shell(move);
  shell(move);
  await dockbell.stop("SIGINT");
  serving = createReplica({ name: "moved", kubeconfig: real.kubeconfig, baseURL: BASE_URL });
  await serving.start("--listen", `127.0.0.1:${port}`, "--lease-namespace", "shop");
  const cluster = ["--kubeconfig", real.kubeconfig];
  await run("wait", "shop/app", "--tag", "1.0.0", ...cluster);

  assert.deepEqual(await urls(...cluster), before);
  assert.deepEqual(freight(real.kubeconfig), freightBefore);
});

test("a webhook to the URL that Docker Hub knows is discovered on the cluster", async () => {
  const cluster = ["--kubeconfig", real.kubeconfig];
  await push("1.1.0");

  const sent = await run(
    "send",
    "--repository",
    `${registry.host}/shop/app`,
    "--tag",
    "1.1.0",
    ...cluster,
    "--receiver",
    "hub",
  );
  const waited = await run("wait", "app", "--tag", "1.1.0", ...cluster);

  assert.equal(sent, '200 {"msg":"refreshed 1 warehouse(s)"}\n');
  assert.equal(waited, "shop/app discovered 1.1.0\n");
});

test("commands ask the cluster, in one namespace or in all of them", async () => {
  const cluster = ["--kubeconfig", real.kubeconfig];

  const status = await run("status", ...cluster);
  const refreshed = await run("warehouses", "refresh", "app", "-n", "shop", "--wait", ...cluster);
  const elsewhere = await run("warehouses", "list", "-n", "default", ...cluster);
  const receivers = await run("receivers", "list", "-o", "name", ...cluster);
  const deliveries = await dockbell.run("deliveries", "list", ...cluster);

  assert.match(status, /^Cluster at https:\/\/127\.0\.0\.1:\d+\n\nReceivers \(2\)\n/);
  assert.match(status, /shop\/app +True +\d+[sm] ago +127\.0\.0\.1:\d+\/shop\/app:1\.1\.0\n/);
  assert.match(
    status,
    /Latest deliveries\n {2}Each receiver keeps its own: run dockbell deliveries list where it runs\./,
  );
  assert.equal(refreshed, "shop/app refreshed\n");
  assert.match(elsewhere, /^No Warehouses: apply one/);
  assert.equal(receivers, "shop/hub\n/all\n");
  assert.equal(deliveries.code, 2);
});

/** The block of docs/running.md, with the kubeconfigs of the environment. */
function moveLines(): string {
  const block = blocksOf("docs/running.md").find(({ text }) => text.startsWith("OLD="));
  assert.ok(block);
  return block.text.replace(/^OLD=.*\n/, "");
}
