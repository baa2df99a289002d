// The user's walk in one process tree: `up` with its example, a push, the artifact and the Freight; again after a
// restart, and again with the process killed between the answer and the refresh.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { EMPTY_BODY, readBody } from "../../src/http/message.ts";
import { FREIGHTS, type Freight } from "../../src/resources/freight.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../../src/resources/project-config.ts";
import { WAREHOUSES, type Warehouse } from "../../src/resources/warehouse.ts";
import { createDockbell, eventually } from "../support/dockbell.ts";

const dockbell = createDockbell();
after(() => dockbell.dispose());

const APP = { namespace: "kargo-demo", name: "app" };

async function newestTag(): Promise<string | undefined> {
  const warehouse = await dockbell.client.get<Warehouse>(WAREHOUSES, APP);
  return warehouse?.status?.discoveredArtifacts?.images?.[0]?.references?.[0]?.tag;
}

async function receiverURL(): Promise<string> {
  const config = await dockbell.client.get<ProjectConfig>(PROJECT_CONFIGS, {
    namespace: "kargo-demo",
    name: "kargo-demo",
  });
  return config?.status?.webhookReceivers?.[0]?.url ?? "";
}

async function post(url: string, body: string, method = "POST"): Promise<{ status: number; text: string }> {
  const bytes = method === "POST" ? Buffer.from(body) : EMPTY_BODY;
  const headers = { "content-length": String(bytes.length) };
  const response = await dockbell.network.transport({ method, url, headers, body: bytes });
  return { status: response.status, text: Buffer.from(await readBody(response.body, 10_000)).toString() };
}

const FLAGS = ["--example"];

test("a push to the example is discovered and becomes Freight", async () => {
  await dockbell.start(...FLAGS);

  const sent = await dockbell.run("send", "--data-dir", dockbell.directory, "--tag", "1.2.0");
  await eventually(async () => (await newestTag()) === "1.2.0", dockbell.output);

  assert.match(sent.output, /200 \{"msg":"refreshed 1 warehouse\(s\)"\}/);
  const warehouse = await dockbell.client.get<Warehouse>(WAREHOUSES, APP);
  assert.equal(warehouse?.status?.lastHandledRefresh, warehouse?.metadata.annotations?.["kargo.akuity.io/refresh"]);
  const { items } = await dockbell.client.list<Freight>(FREIGHTS, { namespace: "kargo-demo" });
  assert.ok(
    items.some(
      ({ metadata, images }) => metadata.name === warehouse?.status?.lastFreightID && images?.[0]?.tag === "1.2.0",
    ),
  );
  await eventually(() => /1\.2\.0 → kargo-demo\/app discovered in \d+ ms/.test(dockbell.output()), dockbell.output);
});

test("a tag that the constraint refuses refreshes nothing", async () => {
  const registry = readFileSync(join(dockbell.directory, "registry-port"), "utf8");
  const body = JSON.stringify({
    push_data: { tag: "2.0.0" },
    repository: { repo_name: `127.0.0.1:${registry}/kargo-demo/app` },
  });

  const answer = await post(await receiverURL(), body);

  assert.deepEqual(answer, { status: 200, text: '{"msg":"refreshed 0 warehouse(s)"}\n' });
});

test("wrong requests are refused as documented", async () => {
  const url = await receiverURL();

  const answers = [await post(url, "{"), await post(`${url}x`, "{}"), await post(url, "", "GET")];

  assert.deepEqual(
    answers.map(({ status, text }) => `${status} ${text}`),
    ['400 {"error":"invalid request body"}\n', "404 {}\n", "405 {}\n"],
  );
});

test("a second process on the same data directory is told who holds it", async () => {
  const second = await dockbell.run("up", "--data-dir", dockbell.directory, "--listen", "127.0.0.1:0");

  assert.equal(second.code, 2);
  assert.match(second.output, /in use by the Dockbell with process id \d+/);
});

test("the receiver's path is printed once and never logged", async () => {
  const path = new URL(await receiverURL()).pathname;

  assert.equal(dockbell.output().split(path).length - 1, 1);
});

test("state persists across a clean restart", async () => {
  const before = await receiverURL();

  const code = await dockbell.stop("SIGINT");
  await dockbell.start(...FLAGS);

  assert.equal(code, 0);
  assert.equal(await receiverURL(), before);
  assert.equal(await newestTag(), "1.2.0");
});

test("a delivery answered before a kill is refreshed after the next start", async () => {
  await dockbell.stop("SIGINT");
  await dockbell.start(...FLAGS, "--answer-within", "0s");
  const before = await dockbell.client.get<Warehouse>(WAREHOUSES, APP);
  const registry = readFileSync(join(dockbell.directory, "registry-port"), "utf8");
  const body = JSON.stringify({
    push_data: { tag: "1.3.0" },
    repository: { repo_name: `127.0.0.1:${registry}/kargo-demo/app` },
  });

  const answer = await post(await receiverURL(), body);
  await dockbell.stop("SIGKILL");
  await dockbell.start(...FLAGS);

  assert.equal(answer.status, 202);
  const refreshOf = (warehouse: Warehouse | undefined) => warehouse?.metadata.annotations?.["kargo.akuity.io/refresh"];
  await eventually(
    async () => refreshOf(await dockbell.client.get<Warehouse>(WAREHOUSES, APP)) !== refreshOf(before),
    dockbell.output,
  );
});
