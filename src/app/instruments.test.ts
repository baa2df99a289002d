// What is counted at the edges; what a running `up` tells is in `test/integration/metrics.test.ts`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startFaultyKube } from "../../test/support/faulty-kube.ts";
import { createFastClock, createTestClock } from "../../test/support/test-clock.ts";
import { EMPTY_BODY, type HttpRequest, type Transport } from "../http/message.ts";
import { createKubeClient } from "../kube/client.ts";
import { connectCluster } from "../kube/connection.ts";
import { NAMESPACES } from "../resources/core.ts";
import { createInstruments } from "./instruments.ts";

const create = () => createInstruments(createTestClock(), "1.2.3");
const get = (url: string): HttpRequest => ({ method: "GET", url, headers: {}, body: EMPTY_BODY });
const answering =
  (status: number, headers: Readonly<Record<string, string>> = {}): Transport =>
  async () => ({ status, headers, body: EMPTY_BODY });

const samplesOf = (text: string, name: string) => text.split("\n").filter((line) => line.startsWith(`${name}{`));

test("webhooks are counted by their code alone, and questions for health are not", async () => {
  const { webhooks, text } = create();
  const handler = webhooks(answering(404));

  for (const url of ["/dockerhub/secret", "/healthz", "/healthz?verbose", "/healthz/secret"]) await handler(get(url));

  assert.deepEqual(samplesOf(text(), "dockbell_webhook_duration_seconds_count"), [
    'dockbell_webhook_duration_seconds_count{code="404"} 2',
  ]);
  assert.ok(!text().includes("secret"));
});

test("requests to registries are counted by host, without what they ask for, also those without an answer", async () => {
  const { registries, text } = create();

  await registries(answering(200))(get("https://registry.example.com/v2/team/app/tags/list?n=1"));
  await assert.rejects(registries(() => Promise.reject(new Error("away")))(get("https://registry.example.com/v2/")));

  assert.deepEqual(samplesOf(text(), "dockbell_registry_requests_total"), [
    'dockbell_registry_requests_total{host="registry.example.com",method="GET",code="200"} 1',
    'dockbell_registry_requests_total{host="registry.example.com",method="GET",code="<error>"} 1',
  ]);
});

test("the pulls left are those that the registry told last", async () => {
  const { registries, text } = create();

  for (const left of ["76;w=21600", "75;w=21600"]) {
    await registries(answering(200, { "ratelimit-remaining": left }))(get("https://registry-1.docker.io/v2/a"));
  }

  assert.deepEqual(samplesOf(text(), "dockbell_registry_quota_remaining"), [
    'dockbell_registry_quota_remaining{host="registry-1.docker.io"} 75',
  ]);
});

test("users cannot make more series by naming ever new hosts", async () => {
  const { registries, text } = create();
  const transport = registries(answering(200));

  for (let one = 0; one < 500; one++) await transport(get(`https://host-${one}.example.com/v2/`));

  const samples = samplesOf(text(), "dockbell_registry_requests_total");
  assert.equal(samples.length, 101);
  assert.equal(samples.at(-1), 'dockbell_registry_requests_total{host="other",method="GET",code="200"} 400');
});

test("every request to the Kubernetes API is counted, those that are sent again as well", async (t) => {
  const clock = createFastClock(500);
  const kube = await startFaultyKube(clock);
  const { kube: observe, text } = create();
  const plain = { authority: undefined, isUnverified: false, serverName: undefined, userText: "" };
  const user = { token: { kind: "file", path: "/token" } } as const;
  const tokens = ["outdated", "token"];
  const connection = connectCluster(
    { server: kube.server, namespace: "test", user, ...plain },
    {
      clock,
      observe,
      readFile: () => tokens.shift() ?? assert.fail("was read once more"),
      runPlugin: () => Promise.reject(new Error("no plugin is used here")),
      log: () => {},
    },
  );
  const client = createKubeClient({ transport: connection.open(), server: kube.server, userAgent: "test" });
  t.after(() => {
    connection.close();
    kube.close();
  });
  for (let one = 0; one < 3; one++) {
    kube.inject("list", { kind: "status", status: 429, headers: { "retry-after": "1" } });
  }

  await client.get(NAMESPACES, { name: "default" });

  const { host } = new URL(kube.server);
  assert.deepEqual(samplesOf(text(), "rest_client_requests_total"), [
    `rest_client_requests_total{code="429",method="GET",host="${host}"} 3`,
    `rest_client_requests_total{code="401",method="GET",host="${host}"} 1`,
    `rest_client_requests_total{code="200",method="GET",host="${host}"} 1`,
  ]);
});
