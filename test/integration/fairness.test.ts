// One tenant whose registry hangs, with more Warehouses than there are places for passes, and a flood of pushes: another
// tenant's push is discovered all the same, while not one of theirs is.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { after, test } from "node:test";
import { SYSTEM_CLOCK } from "../../src/app/system.ts";
import { dockerHubPayload } from "../../src/cli/payload.ts";
import { readBody } from "../../src/http/message.ts";
import { pushImage } from "../../src/localregistry/push-image.ts";
import { NAMESPACES, SECRETS } from "../../src/resources/core.ts";
import { PROJECT_LABEL } from "../../src/resources/kargo.ts";
import type { KubeObject } from "../../src/resources/kube-object.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../../src/resources/project-config.ts";
import { apiVersionOf, type Resource } from "../../src/resources/resource.ts";
import { WAREHOUSES, type Warehouse } from "../../src/resources/warehouse.ts";
import { createDockbell, eventually } from "../support/dockbell.ts";
import { startTestRegistry, type TestRegistry } from "../support/test-registry.ts";

const NOISY = "noisy";
/** More than the places that all passes share. */
const NOISY_WAREHOUSES = 600;
const FLOOD = 1_000;
const SENDERS = 16;
const DRIP_EVERY_MS = 1_000;
const QUIET = "kargo-demo";
const QUIET_REPOSITORY = "kargo-demo/app";

const dockbell = createDockbell();
let hanging: TestRegistry;
after(async () => {
  await dockbell.dispose();
  hanging?.close();
});

test("a tenant with a hanging registry and a flood of pushes does not hold up another tenant's push", async () => {
  hanging = await startTestRegistry(drip);
  await dockbell.start("--example", "--answer-within", "0s");
  const quietURL = await receiverURL(QUIET);
  await createNoisyTenant();
  const noisyURL = await receiverURL(NOISY);
  await eventually(() => hanging.asked.length > 0, dockbell.output);
  const flood = Array.from({ length: FLOOD }, (_, push) => `${hanging.host}/app-${push % NOISY_WAREHOUSES}`);

  const answered = await sendAll(noisyURL, flood);
  const host = `127.0.0.1:${readFileSync(join(dockbell.directory, "registry-port"), "utf8")}`;
  await pushToRegistry(host, "1.99.0");
  await send(quietURL, `${host}/${QUIET_REPOSITORY}`, "1.99.0");
  await eventually(async () => (await newestTag()) === "1.99.0", dockbell.output);

  assert.deepEqual([answered.length, new Set(answered)], [FLOOD, new Set([202])]);
  assert.equal(await handledCount(), 0);
});

/** An answer that goes on for as long as it is read: no pass ends by itself while the test runs. */
function drip(_incoming: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.writeHead(200, { "content-type": "application/json" }).write(" ");
  const dripping = setInterval(() => outgoing.write(" "), DRIP_EVERY_MS);
  outgoing.on("close", () => clearInterval(dripping));
}

async function createNoisyTenant(): Promise<void> {
  await create(NAMESPACES, { metadata: { name: NOISY, labels: { [PROJECT_LABEL]: "true" } } });
  const secret = Buffer.from("a-secret-of-the-noisy-tenant").toString("base64");
  await create(SECRETS, { metadata: { namespace: NOISY, name: "hub" }, data: { secret } });
  const webhookReceivers = [{ name: "hub", dockerhub: { secretRef: { name: "hub" } } }];
  await create(PROJECT_CONFIGS, { metadata: { namespace: NOISY, name: NOISY }, spec: { webhookReceivers } });
  const names = Array.from({ length: NOISY_WAREHOUSES }, (_, number) => `app-${number}`);
  const createWarehouse = (name: string) => {
    const subscriptions = [{ image: { repoURL: `${hanging.host}/${name}` } }];
    return create(WAREHOUSES, { metadata: { namespace: NOISY, name }, spec: { subscriptions } });
  };
  await Promise.all(names.map(createWarehouse));
}

async function create(resource: Resource, object: object): Promise<void> {
  const identity = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  await dockbell.client.create(resource, { ...identity, ...object } as KubeObject);
}

async function receiverURL(project: string): Promise<string> {
  const key = { namespace: project, name: project };
  let url = "";
  const isPublished = async () => {
    url = (await dockbell.client.get<ProjectConfig>(PROJECT_CONFIGS, key))?.status?.webhookReceivers?.[0]?.url ?? "";
    return url !== "";
  };
  await eventually(isPublished, dockbell.output);
  return url;
}

async function sendAll(url: string, repositories: readonly string[]): Promise<readonly number[]> {
  const [statuses, left] = [[] as number[], repositories.values()];
  const loop = async () => {
    for (const repository of left) statuses.push(await send(url, repository, "1.0.0"));
  };
  await Promise.all(Array.from({ length: SENDERS }, loop));
  return statuses;
}

async function send(url: string, repository: string, tag: string): Promise<number> {
  const body = Buffer.from(dockerHubPayload({ repository, tag, mediaType: "", pushedAt: 0 }));
  const headers = { "content-length": String(body.length) };
  const answer = await dockbell.network.transport({ method: "POST", url, headers, body });
  await readBody(answer.body, 10_000);
  return answer.status;
}

async function pushToRegistry(host: string, tag: string): Promise<void> {
  const createdAt = new Date(SYSTEM_CLOCK.now()).toISOString();
  const { transport } = dockbell.network;
  await pushImage({ transport, origin: `http://${host}`, repository: QUIET_REPOSITORY, tag, createdAt });
}

async function newestTag(): Promise<string | undefined> {
  const { items } = await dockbell.client.list<Warehouse>(WAREHOUSES, { namespace: QUIET });
  return items[0]?.status?.discoveredArtifacts?.images?.[0]?.references?.[0]?.tag;
}

/** Of the noisy tenant's Warehouses: those that were discovered once. */
async function handledCount(): Promise<number> {
  const { items } = await dockbell.client.list<Warehouse>(WAREHOUSES, { namespace: NOISY, limit: NOISY_WAREHOUSES });
  return items.filter(({ status }) => status?.lastHandledRefresh !== undefined).length;
}
