import assert from "node:assert/strict";
import { test } from "node:test";
import { startKube } from "../../test/support/kube.ts";
import { createTestClock, HALF } from "../../test/support/test-clock.ts";
import { CLUSTER_CONFIGS, type ClusterConfig } from "../resources/cluster-config.ts";
import { apiVersionOf } from "../resources/resource.ts";
import { listReceivers, receiversText, receiverURL } from "./receivers.ts";

const URL = "https://dockbell.example.com/dockerhub/secret";

test("the ClusterConfig's receivers are listed and found like a project's", async () => {
  const stop = new AbortController();
  const { admin } = await startKube({ clock: createTestClock(), random: HALF, signal: stop.signal });
  await admin.create<ClusterConfig>(CLUSTER_CONFIGS, {
    apiVersion: apiVersionOf(CLUSTER_CONFIGS),
    kind: CLUSTER_CONFIGS.kind,
    metadata: { name: "cluster" },
    spec: {
      webhookReceivers: [
        { name: "all", dockerhub: { secretRef: { name: "dh" } } },
        { name: "gh", github: { secretRef: { name: "dh" } } },
      ],
    },
  });
  const before = receiversText(await listReceivers(admin), undefined);
  const status = { webhookReceivers: [{ name: "all", path: "/dockerhub/secret", url: URL }] };
  await admin.mergePatch(CLUSTER_CONFIGS, { name: "cluster" }, { status }, { subresource: "status" });

  const after = receiversText(await listReceivers(admin), undefined);

  assert.match(before, /^- +all +dockerhub +False +it was not reconciled yet$/m);
  assert.match(after, /^- +all +dockerhub +True +-$/m);
  assert.match(after, /^- +gh +github +False +this version does not receive from it$/m);
  assert.deepEqual([await receiverURL(admin, "all"), await receiverURL(admin, "/all")], [URL, URL]);
  await assert.rejects(receiverURL(admin, "other"), /"other" names 0 receivers; those with a URL: \/all/);
  stop.abort();
});
