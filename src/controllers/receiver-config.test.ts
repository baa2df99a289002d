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

test("a refused status is told without the receivers' URLs, which the refusal may quote", async () => {
  let asked = "";
  const transport = inProcessTransport(async ({ body }) => {
    asked = Buffer.from(await readBody(body, 100_000)).toString();
    return jsonResponse(422, { kind: "Status", reason: "Invalid", message: `Invalid value: ${asked}` });
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

  const refusal = await reconcile("demo/demo").catch(String);

  assert.match(asked, /hooks\.example\.com/);
  assert.equal(refusal, "KubeError: its status was refused: 422 Invalid");
});
