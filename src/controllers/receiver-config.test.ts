import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestClock } from "../../test/support/test-clock.ts";
import { jsonResponse, readBody } from "../http/message.ts";
import { inProcessTransport } from "../http/transport.ts";
import { createKubeClient } from "../kube/client.ts";
import type { ProjectConfig } from "../resources/project-config.ts";
import { createProjectConfigReconciler } from "./receiver-config.ts";
import { ReceiverPaths } from "./receiver-paths.ts";

const CONFIG = {
  apiVersion: "kargo.akuity.io/v1alpha1",
  kind: "ProjectConfig",
  metadata: { namespace: "demo", name: "demo", uid: "1" },
  spec: { webhookReceivers: [{ name: "hub", dockerhub: { secretRef: { name: "s" } } }] },
} as unknown as ProjectConfig;

/** The fault of a pass whose status the API server refuses, and the status. */
async function refusalOf(code: number, reason: string, messageOf: (asked: string) => string) {
  let asked = "";
  const transport = inProcessTransport(async ({ body }) => {
    asked = Buffer.from(await readBody(body, 100_000)).toString();
    return jsonResponse(code, { kind: "Status", reason, message: messageOf(asked) });
  });
  const client = createKubeClient({ transport, server: "http://kube", token: () => "t", userAgent: "test" });
  const secret = { metadata: { namespace: "demo", name: "s" }, data: { secret: "aHVudGVyMg==" } };
  const reconcile = createProjectConfigReconciler({
    client,
    clock: createTestClock(),
    baseURL: "https://hooks.example.com",
    get: () => CONFIG,
    getSecret: () => secret as never,
    paths: new ReceiverPaths(),
  });

  return { refusal: await reconcile("demo/demo").catch(String), asked };
}

test("a refused status is told without the receivers' URLs, which the refusal may quote", async () => {
  const { refusal, asked } = await refusalOf(422, "Invalid", (status) => `Invalid value: ${status}`);

  assert.match(asked, /hooks\.example\.com/);
  assert.equal(refusal, "KubeError: its status was refused: 422 Invalid");
});

test("a status for which a right lacks is refused with the user, the verb and the resource, and nothing else", async () => {
  const right =
    'User "u" cannot patch resource "projectconfigs/status" in API group "kargo.akuity.io" in the namespace "demo"';

  const { refusal } = await refusalOf(403, "Forbidden", (status) => `"demo" is forbidden: ${right}: ${status}`);

  assert.equal(refusal, `KubeError: its status was refused: ${right}`);
});
