import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startKube } from "../../test/support/kube.ts";
import { createTestClock, HALF } from "../../test/support/test-clock.ts";
import { KubeError } from "../errors.ts";
import { NAMESPACES, type Namespace, SECRETS, type Secret } from "../resources/core.ts";
import { receiverHash } from "../resources/receiver-url.ts";
import type { WebhookReceiverConfig } from "../resources/webhook-receiver.ts";
import { presentURL } from "./present-url.ts";

const DOCKERHUB: WebhookReceiverConfig = { name: "r", dockerhub: { secretRef: { name: "s" } } };
const BASE = "https://kargo.example.com/webhooks/dockerhub/";
const OLD = { namespace: "demo", name: "r", url: `${BASE}${"0".repeat(64)}?a=b`, receivers: [DOCKERHUB] };
const NEW = `${BASE}${receiverHash({ project: "demo", name: "r", secret: Buffer.from("new") })}?a=b`;

/** The Secret `s` of `demo` is there with this value. */
async function kubeWith(t: TestContext, value: string) {
  const stop = new AbortController();
  t.after(() => stop.abort());
  const kube = await startKube({ clock: createTestClock(), random: HALF, signal: stop.signal });
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "demo" } };
  await kube.admin.create<Namespace>(NAMESPACES, namespace);
  const metadata = { namespace: "demo", name: "s" };
  const data = { secret: Buffer.from(value).toString("base64") };
  await kube.admin.create<Secret>(SECRETS, { apiVersion: "v1", kind: "Secret", metadata, data });
  return kube;
}

test("of a changed Secret the URL is the new one, though the old one is published", async (t) => {
  const { client } = await kubeWith(t, "new");

  assert.equal(await presentURL(client, OLD), NEW);
});

for (const [what, published] of [
  ["a receiver that Kargo serves", { ...OLD, receivers: [{ name: "r", github: { secretRef: { name: "s" } } }] }],
  [
    "a receiver whose Secret is missing",
    { ...OLD, receivers: [{ name: "r", dockerhub: { secretRef: { name: "x" } } }] },
  ],
  ["a receiver that the spec does not have any more", { ...OLD, receivers: [] }],
  ["a receiver of the ClusterConfig", { ...OLD, namespace: "" }],
] as const) {
  test(`of ${what} the URL is the published one`, async (t) => {
    const { client } = await kubeWith(t, "new");

    assert.equal(await presentURL(client, { ...published, receivers: [...published.receivers] }), OLD.url);
  });
}

test("where the Secret is empty or may not be read, the URL is the published one", async (t) => {
  const [empty, closed] = [await kubeWith(t, ""), await kubeWith(t, "new")];
  closed.network = () => Promise.reject(new KubeError("forbidden", { status: 403, reason: "Forbidden" }));

  const urls = [await presentURL(empty.client, OLD), await presentURL(closed.client, OLD)];

  assert.deepEqual(urls, [OLD.url, OLD.url]);
});
