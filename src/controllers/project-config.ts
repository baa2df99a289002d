// Publishes the URLs of a ProjectConfig's webhook receivers: kargo-behaviour.md, section 2.2.
// A changed Secret is taken up at once: the Secret watch brings the ProjectConfigs that refer to it here.
import { type Clock, toKubeTime } from "../clock.ts";
import { InputError, messageOf } from "../errors.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Condition } from "../resources/condition.ts";
import { removeCondition, setCondition } from "../resources/conditions.ts";
import type { Secret } from "../resources/core.ts";
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../resources/project-config.ts";
import { receiverURL } from "../resources/receiver-url.ts";
import type { WebhookReceiverConfig, WebhookReceiverStatus } from "../resources/webhook-receiver.ts";

interface ProjectConfigOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** Absolute; the paths are under its path. */
  readonly baseURL: string;
  readonly get: (key: string) => ProjectConfig | undefined;
  readonly getSecret: (key: string) => Secret | undefined;
}

/** Secret data key by receiver type. */
const SECRET_KEYS: Readonly<Record<string, string>> = { dockerhub: "secret" };

/** One pass over the ProjectConfig with this key. */
export function createProjectConfigReconciler(options: ProjectConfigOptions): (key: string) => Promise<"done"> {
  return async (key) => {
    const config = options.get(key);
    if (!config || config.metadata.name !== config.metadata.namespace) return "done";
    const status = nextStatus(config, options);
    if (JSON.stringify(status) !== JSON.stringify(pick(config.status))) {
      const { namespace = "", name } = config.metadata;
      await options.client.mergePatch(PROJECT_CONFIGS, { namespace, name }, { status }, { subresource: "status" });
    }
    return "done";
  };
}

/** The keys of the ProjectConfigs that a Secret concerns: the one of its namespace, when it refers to it. */
export function configKeysOf(secretKey: string, get: ProjectConfigOptions["get"]): readonly string[] {
  const [namespace = "", name = ""] = secretKey.split("/");
  const key = `${namespace}/${namespace}`;
  const refers = get(key)?.spec?.webhookReceivers?.some(({ dockerhub }) => dockerhub?.secretRef.name === name);
  return refers ? [key] : [];
}

type Status = NonNullable<ProjectConfig["status"]>;

/** The fields this reconciler writes, in a fixed order, absent ones as null: what a merge patch needs to remove them. */
function pick(status: Status | undefined) {
  return {
    conditions: status?.conditions ?? [],
    webhookReceivers: status?.webhookReceivers ?? null,
    observedGeneration: status?.observedGeneration ?? null,
    lastHandledRefresh: status?.lastHandledRefresh ?? null,
  };
}

function nextStatus(config: ProjectConfig, options: ProjectConfigOptions) {
  const receivers: WebhookReceiverStatus[] = [];
  const errors: string[] = [];
  for (const receiver of config.spec?.webhookReceivers ?? []) {
    try {
      receivers.push(publish(receiver, config.metadata.namespace ?? "", options));
    } catch (error) {
      errors.push(`error syncing WebhookReceiver "${receiver.name}": ${messageOf(error)}`);
    }
  }
  const isSynced = errors.length === 0;
  return pick({
    conditions: conditionsAfter(config, errors, toKubeTime(options.clock.now())),
    ...(receivers.length > 0 && { webhookReceivers: receivers }),
    ...(isSynced
      ? { observedGeneration: config.metadata.generation }
      : { observedGeneration: config.status?.observedGeneration }),
    lastHandledRefresh: config.metadata.annotations?.[REFRESH_ANNOTATION],
  } as Status);
}

function publish(
  receiver: WebhookReceiverConfig,
  project: string,
  options: ProjectConfigOptions,
): WebhookReceiverStatus {
  if (!receiver.dockerhub) throw new InputError("error getting receiver factory: no matching registration found");
  const secretName = receiver.dockerhub.secretRef.name;
  const where = `Secret "${secretName}" in namespace "${project}"`;
  const secret = options.getSecret(`${project}/${secretName}`);
  if (!secret) throw new InputError(`error getting ${where}: secrets "${secretName}" not found`);
  const value = secret.data?.[SECRET_KEYS["dockerhub"] ?? ""];
  const extracting = `error extracting secret values from ${where}`;
  if (value === undefined)
    throw new InputError(`${extracting}: missing data key "secret" for DockerHub WebhookReceiver`);
  const bytes = Buffer.from(value, "base64");
  if (bytes.length === 0)
    throw new InputError(`${extracting}: data key "secret" is empty, and its URL could be guessed`);
  const { path, url } = receiverURL(options.baseURL, {
    project,
    name: receiver.name,
    sender: "dockerhub",
    secret: bytes,
  });
  return { name: receiver.name, path, url };
}

function conditionsAfter(config: ProjectConfig, errors: readonly string[], now: string): readonly Condition[] {
  const observedGeneration = config.metadata.generation ?? 0;
  const before = config.status?.conditions ?? [];
  const ready = { type: "Ready", observedGeneration };
  if (errors.length === 0) {
    const message = "ProjectConfig is synced and ready for use";
    return setCondition(
      removeCondition(before, "Reconciling"),
      { ...ready, status: "True", reason: "Synced", message },
      now,
    );
  }
  const unique = [...new Set(errors)];
  const text = unique.length === 1 ? unique[0] : `[${unique.join(", ")}]`;
  const message = `Failed to sync WebhookReceivers: ${text}`;
  const syncing = {
    type: "Reconciling",
    status: "True",
    reason: "SyncingWebhooks",
    message: "Syncing WebhookReceivers",
  } as const;
  const started = setCondition(before, { ...syncing, observedGeneration }, now);
  return setCondition(started, { ...ready, status: "False", reason: "SyncWebhookReceiversFailed", message }, now);
}
