// The role `projectconfig` of `dockbell serve` on a real API server, which has no webhooks to refuse what cannot work.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { listReceivers } from "../../src/cli/receivers.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../../src/resources/project-config.ts";
import { eventually } from "../support/dockbell.ts";
import type { Replica } from "../support/replica.ts";
import { openServeDesk, PROJECT, type ServeDesk } from "../support/serve-desk.ts";

const KARGO_API = "kargo.akuity.io/v1alpha1";

let desk: ServeDesk;
let dockbell: Replica;
before(async () => {
  desk = await openServeDesk();
  dockbell = desk.replica("dockbell-0");
  await desk.kubectl("apply -f -", desk.manifests);
  await dockbell.start();
});
after(() => desk?.dispose());

test("a ProjectConfig that is not named like its namespace says so in its status, and in the list of receivers", async () => {
  const key = { namespace: PROJECT, name: "hooks" };
  const spec = { webhookReceivers: [{ name: "r", dockerhub: { secretRef: { name: "dh-wh-secret" } } }] };
  await desk.kubectl(
    "create -f -",
    JSON.stringify({ apiVersion: KARGO_API, kind: "ProjectConfig", metadata: key, spec }),
  );
  const reasonOf = async () => (await listReceivers(desk.client, PROJECT)).find(({ name }) => name === "r")?.reason;
  const reason = await reasonOf();
  const messageOf = async () => {
    const config = await desk.client.get<ProjectConfig>(PROJECT_CONFIGS, key);
    return config?.status?.conditions?.find(({ type, status }) => type === "Ready" && status === "False")?.message;
  };

  await eventually(async () => (await messageOf()) !== undefined, dockbell.output);

  const fault = `metadata.name: Invalid value: "hooks": name "hooks" must match project name "${PROJECT}"`;
  assert.equal(await messageOf(), `Failed to sync WebhookReceivers: ${fault}`);
  assert.deepEqual([reason, await reasonOf()], [fault, fault]);
});
