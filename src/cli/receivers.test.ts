import assert from "node:assert/strict";
import { test } from "node:test";
import { startKube } from "../../test/support/kube.ts";
import { createTestClock, HALF } from "../../test/support/test-clock.ts";
import { CLUSTER_CONFIGS, type ClusterConfig } from "../resources/cluster-config.ts";
import { apiVersionOf } from "../resources/resource.ts";
import { findReceiverURL } from "./find-receiver.ts";
import { listReceivers, receiversText } from "./receivers.ts";
import { NO_TERMINAL } from "./terminal.ts";

const PLAIN = { output: undefined, terminal: NO_TERMINAL, nowMs: 0 };
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
        { name: "bare" },
      ],
    },
  });
  const before = receiversText(await listReceivers(admin, undefined), PLAIN);
  const status = { webhookReceivers: [{ name: "all", path: "/dockerhub/secret", url: URL }] };
  await admin.mergePatch(CLUSTER_CONFIGS, { name: "cluster" }, { status }, { subresource: "status" });

  const after = receiversText(await listReceivers(admin, undefined), PLAIN);

  assert.match(before, /^- +all +dockerhub +False +it was not reconciled yet$/m);
  assert.match(after, /^- +all +dockerhub +True +-$/m);
  assert.match(after, /^- +gh +github +False +this version does not receive from it$/m);
  assert.match(after, /^- +bare +- +False +it names no sender$/m);
  const wanted = { client: admin, clock: createTestClock(), namespace: undefined };
  const urls = ["all", "/all", undefined].map((name) => findReceiverURL({ ...wanted, name }));
  assert.deepEqual(await Promise.all(urls), [URL, URL, URL]);
  await assert.rejects(
    findReceiverURL({ ...wanted, name: "other" }),
    /^InputError: there is no receiver other; those with a URL: \/all$/,
  );
  await assert.rejects(
    findReceiverURL({ ...wanted, name: "/gh" }),
    /^InputError: receiver \/gh has no URL: this version does not receive from it$/,
  );
  for (const name of ["a/all", "/all"]) {
    await assert.rejects(findReceiverURL({ ...wanted, name, namespace: "b" }), {
      message: `"${name}" is not in the namespace b, which -n names: leave one of the two out`,
    });
  }
  await assert.rejects(
    findReceiverURL({ ...wanted, name: undefined, namespace: "nope" }),
    /^InputError: there is no namespace nope$/,
  );
  stop.abort();
});

test("of several receivers that fail, each is listed with its own fault", async () => {
  const stop = new AbortController();
  const { admin } = await startKube({ clock: createTestClock(), random: HALF, signal: stop.signal });
  const names = ["a", "b"];
  await admin.create<ClusterConfig>(CLUSTER_CONFIGS, {
    apiVersion: apiVersionOf(CLUSTER_CONFIGS),
    kind: CLUSTER_CONFIGS.kind,
    metadata: { name: "cluster" },
    spec: { webhookReceivers: names.map((name) => ({ name, dockerhub: { secretRef: { name } } })) },
  });
  const faults = names.map((name) => `error syncing WebhookReceiver "${name}": secrets "${name}" not found`);
  const message = `Failed to sync webhook receivers: [${faults.join(", ")}]`;
  const ready = { type: "Ready", status: "False", reason: "F", message, lastTransitionTime: "2026-11-25T00:00:00Z" };
  const status = { conditions: [ready] };
  await admin.mergePatch(CLUSTER_CONFIGS, { name: "cluster" }, { status }, { subresource: "status" });

  const listed = await listReceivers(admin, undefined);

  assert.deepEqual(
    listed.map(({ reason }) => reason),
    ['secrets "a" not found', 'secrets "b" not found'],
  );
  const wanted = { client: admin, clock: createTestClock(), namespace: undefined };
  await assert.rejects(findReceiverURL({ ...wanted, name: "b" }), {
    message: 'receiver /b has no URL: secrets "b" not found',
  });
  await assert.rejects(findReceiverURL({ ...wanted, name: undefined }), {
    message: 'receiver /a has no URL: secrets "a" not found; receiver /b has no URL: secrets "b" not found',
  });
  stop.abort();
});
