import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Secret } from "../resources/core.ts";
import type { ProjectConfig } from "../resources/project-config.ts";
import type { ReceiverType } from "../resources/receiver-secret.ts";
import type { WebhookReceiverConfig } from "../resources/webhook-receiver.ts";
import { type ReceiverScope, receiverStatus } from "./receiver-status.ts";

const NOW = "2026-11-24T12:00:00Z";
const BASE = { apiVersion: "kargo.akuity.io/v1alpha1", kind: "ProjectConfig" };

function configOf(
  webhookReceivers: readonly WebhookReceiverConfig[],
  more: Partial<ProjectConfig> = {},
): ProjectConfig {
  const metadata = { name: "kargo-demo", namespace: "kargo-demo", generation: 3, ...more.metadata };
  return { ...BASE, spec: { webhookReceivers: [...webhookReceivers] }, ...more, metadata };
}

function scopeOf(secrets: Readonly<Record<string, Readonly<Record<string, string>>>>): ReceiverScope {
  const getSecret = (key: string): Secret | undefined => {
    const values = secrets[key];
    if (!values) return undefined;
    const data = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, Buffer.from(value).toString("base64")]),
    );
    return { apiVersion: "v1", kind: "Secret", metadata: { name: key }, data };
  };
  return {
    baseURL: "https://hooks.example.com/webhooks",
    project: "kargo-demo",
    secretNamespace: "kargo-demo",
    getSecret,
    isReached: () => true,
    readyMessage: "ready",
    failedMessage: "failed",
    missing: (name) => `secrets "${name}" not found`,
  };
}

const receiver = (type: ReceiverType, name = "dh-wh-receiver", secret = "s") => ({
  name,
  [type]: { secretRef: { name: secret } },
});

test("two receivers of one config with the same URL are published, and the one that no webhook reaches is told of", () => {
  const secrets = { "kargo-demo/s": { secret: "bc" }, "kargo-demo/t": { secret: "c" } };

  const { conditions, webhookReceivers } = receiverStatus(
    configOf([receiver("dockerhub", "a", "s"), receiver("dockerhub", "ab", "t")]),
    scopeOf(secrets),
    NOW,
  );

  assert.equal(webhookReceivers?.length, 2);
  assert.match(
    conditions.find(({ type }) => type === "Ready")?.message ?? "",
    /"ab": another receiver has the same URL/,
  );
});

test("a receiver's URL is Kargo's", () => {
  const status = receiverStatus(
    configOf([receiver("dockerhub")]),
    scopeOf({ "kargo-demo/s": { secret: "s3cr3t" } }),
    NOW,
  );

  const path = "/webhooks/dockerhub/ea5329aefaef5468d50b210cbfa36415c92b5234dc6999daaf90f615f386d901";
  assert.deepEqual(status, {
    conditions: [
      {
        type: "Ready",
        status: "True",
        reason: "Synced",
        message: "ready",
        observedGeneration: 3,
        lastTransitionTime: NOW,
      },
    ],
    webhookReceivers: [{ name: "dh-wh-receiver", path, url: `https://hooks.example.com${path}` }],
    observedGeneration: 3,
    lastHandledRefresh: null,
  });
});

describe("the Secret of a receiver of type", () => {
  const types: readonly (readonly [type: ReceiverType, key: string, missing: string])[] = [
    ["artifactory", "secret-token", "secret data is not valid for a Artifactory WebhookReceiver"],
    ["azure", "secret", 'missing data key "secret" for Azure WebhookReceiver'],
    ["bitbucket", "secret", 'missing data key "secret" for Bitbucket WebhookReceiver'],
    ["dockerhub", "secret", 'missing data key "secret" for DockerHub WebhookReceiver'],
    ["generic", "secret", "secret data is not valid for a Generic WebhookReceiver"],
    ["gitea", "secret", "secret data is not valid for a Gitea WebhookReceiver"],
    ["github", "secret", 'missing "secret" data key for GitHub WebhookReceiver'],
    ["gitlab", "secret-token", 'missing data key "secret-token" for GitLab WebhookReceiver'],
    ["harbor", "auth-header", 'missing data key "auth-header" for Harbor WebhookReceiver'],
    ["quay", "secret", 'missing "secret" data key for Quay.io WebhookReceiver'],
  ];
  for (const [type, key, missing] of types) {
    test(`${type} has its value under ${key}`, () => {
      const config = configOf([receiver(type)]);

      const whole = receiverStatus(config, scopeOf({ "kargo-demo/s": { [key]: "x" } }), NOW);
      const lacking = receiverStatus(config, scopeOf({ "kargo-demo/s": {} }), NOW);

      assert.match(whole.webhookReceivers?.[0]?.path ?? "", new RegExp(`^/webhooks/${type}/[0-9a-f]{64}$`));
      const extracting = 'error extracting secret values from Secret "s" in namespace "kargo-demo"';
      assert.equal(
        lacking.conditions.find((one) => one.type === "Ready")?.message,
        `failed: error syncing WebhookReceiver "dh-wh-receiver": ${extracting}: ${missing}`,
      );
    });
  }
});

describe("a receiver cannot be published, and the condition says why, for", () => {
  const getting = 'failed: error syncing WebhookReceiver "r": error getting';
  const cases: readonly (readonly [what: string, one: WebhookReceiverConfig, message: string])[] = [
    [
      "no Secret",
      receiver("dockerhub", "r", "no"),
      `${getting} Secret "no" in namespace "kargo-demo": secrets "no" not found`,
    ],
    ["no type", { name: "r" }, `${getting} receiver factory: no matching registration found`],
  ];
  for (const [what, one, message] of cases) {
    test(what, () => {
      const status = receiverStatus(configOf([one]), scopeOf({}), NOW);

      assert.deepEqual(
        status.conditions.map(({ type, status: is, reason }) => `${type} ${is} ${reason}`),
        ["Reconciling True SyncingWebhooks", "Ready False SyncWebhookReceiversFailed"],
      );
      assert.equal(status.conditions[1]?.message, message);
      assert.equal(status.webhookReceivers, null);
      assert.equal(status.observedGeneration, null);
    });
  }
});

test("what can be published is, beside what cannot; equal errors are told once, several in brackets", () => {
  const bad = receiver("github", "bad", "no");
  const config = configOf([bad, receiver("dockerhub"), bad, { name: "typeless" }]);

  const status = receiverStatus(config, scopeOf({ "kargo-demo/s": { secret: "x" } }), NOW);

  assert.deepEqual(
    status.webhookReceivers?.map(({ name }) => name),
    ["dh-wh-receiver"],
  );
  const message = status.conditions.find(({ type }) => type === "Ready")?.message ?? "";
  assert.match(
    message,
    /^failed: \[error syncing WebhookReceiver "bad": [^,]*, error syncing WebhookReceiver "typeless"[^,]*, spec\.webhookReceivers\[2\]\.name: Invalid value: "bad": [^,]*\]$/,
  );
});

function messageOfReady({ conditions }: ReturnType<typeof receiverStatus>): string {
  return conditions.find(({ type }) => type === "Ready")?.message ?? "";
}

test("two receivers of one name are both published, in the order of the spec, and complained of", () => {
  const config = configOf([receiver("dockerhub", "same"), receiver("github", "same")]);

  const status = receiverStatus(config, scopeOf({ "kargo-demo/s": { secret: "x" } }), NOW);

  assert.deepEqual(
    status.webhookReceivers?.map(({ path }) => path?.split("/")[2]),
    ["dockerhub", "github"],
  );
  assert.match(
    messageOfReady(status),
    /spec\.webhookReceivers\[1\]\.name: .* already defined at spec\.webhookReceivers\[0\]$/,
  );
});

test("of two types the first in Kargo's order counts, and the other is complained of", () => {
  const both = { ...receiver("quay"), ...receiver("azure") };

  const status = receiverStatus(configOf([both]), scopeOf({ "kargo-demo/s": { secret: "x" } }), NOW);

  assert.match(status.webhookReceivers?.[0]?.path ?? "", /^\/webhooks\/azure\//);
  assert.match(messageOfReady(status), /spec\.webhookReceivers\[0\]: Forbidden: .* found 2: \[Quay Azure\]$/);
});

test("a ProjectConfig that is not named like its namespace is told how to be named, and publishes nothing", () => {
  const config = configOf([receiver("dockerhub")], { metadata: { name: "hooks", namespace: "kargo-demo" } });

  const status = receiverStatus(config, scopeOf({ "kargo-demo/s": { secret: "x" } }), NOW);

  const fault = 'metadata.name: Invalid value: "hooks": name "hooks" must match project name "kargo-demo"';
  assert.equal(messageOfReady(status), `failed: ${fault}`);
  assert.equal(status.webhookReceivers, null);
});

test("an empty value is refused: its URL could be guessed", () => {
  const status = receiverStatus(configOf([receiver("dockerhub")]), scopeOf({ "kargo-demo/s": { secret: "" } }), NOW);

  assert.match(status.conditions[1]?.message ?? "", /data key "secret" is empty, and its URL could be guessed$/);
});

test("no designated namespace is a failure only where there is a receiver", () => {
  const scope = { ...scopeOf({}), secretNamespace: "" };

  const [none, some] = [
    receiverStatus(configOf([]), scope, NOW),
    receiverStatus(configOf([receiver("quay")]), scope, NOW),
  ];

  assert.equal(none.conditions[0]?.status, "True");
  assert.match(
    some.conditions[1]?.message ?? "",
    /^failed: no namespace is designated .*"SYSTEM_RESOURCES_NAMESPACE" is set$/,
  );
});

describe("lastHandledRefresh", () => {
  const cases: readonly (readonly [what: string, asked: string | undefined, wanted: string | null])[] = [
    ["is what was asked for", "now", "now"],
    ["stays when nothing is asked", undefined, "before"],
    ["goes with an empty annotation", "", null],
  ];
  for (const [what, asked, wanted] of cases) {
    test(what, () => {
      const annotations = asked === undefined ? undefined : { "kargo.akuity.io/refresh": asked };
      const metadata = { name: "kargo-demo", namespace: "kargo-demo", ...(annotations && { annotations }) };
      const config = configOf([], { metadata, status: { lastHandledRefresh: "before" } });

      assert.equal(receiverStatus(config, scopeOf({}), NOW).lastHandledRefresh, wanted);
    });
  }
});

test("a failure after a success leaves Ready first", () => {
  const good = receiverStatus(configOf([]), scopeOf({}), NOW);
  const config = configOf([{ name: "r" }], { status: { conditions: [...good.conditions], observedGeneration: 2 } });

  const status = receiverStatus(config, scopeOf({}), "2026-11-24T13:00:00Z");

  assert.deepEqual(
    status.conditions.map(({ type }) => type),
    ["Ready", "Reconciling"],
  );
  assert.equal(status.conditions[0]?.lastTransitionTime, "2026-11-24T13:00:00Z");
  assert.equal(status.observedGeneration, 2);
});
