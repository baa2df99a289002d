// The status of a ProjectConfig or ClusterConfig: the URLs of its webhook receivers, or why there are none.
// docs/compatibility.md, sections 2.2 and 2.3.
import { InputError, messageOf } from "../errors.ts";
import type { Condition } from "../resources/condition.ts";
import { removeCondition, setCondition } from "../resources/conditions.ts";
import type { Config } from "../resources/config.ts";
import { configNameViolations } from "../resources/config-rules.ts";
import type { Secret } from "../resources/core.ts";
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import { receiverViolations } from "../resources/receiver-rules.ts";
import { receiverSecretOf, receiverTypeOf } from "../resources/receiver-secret.ts";
import { receiverURL } from "../resources/receiver-url.ts";
import { sentenceOf } from "../resources/violation.ts";
import type { WebhookReceiverConfig, WebhookReceiverStatus } from "../resources/webhook-receiver.ts";

type Status = NonNullable<Config["status"]>;

/** What differs between the two kinds. */
export interface ReceiverScope {
  /** Absolute; the paths are under its path. */
  readonly baseURL: string;
  /** Part of what makes the URL; empty for a ClusterConfig. */
  readonly project: string;
  /** Where the Secrets are; empty when none is designated. */
  readonly secretNamespace: string;
  readonly getSecret: (key: string) => Secret | undefined;
  readonly readyMessage: string;
  readonly failedMessage: string;
  /** Whether webhooks to a path reach this config's receiver, and not another's. */
  readonly isReached: (path: string) => boolean;
  /** What is said of a Secret that is not there. */
  readonly missing: (secretName: string) => string;
}

const NO_NAMESPACE =
  "no namespace is designated for storing Secrets referenced by cluster-level resources; please ensure environment " +
  'variable "SYSTEM_RESOURCES_NAMESPACE" is set';

/** Stands in one namespace, and must not name another. */
const UNREACHED = "another receiver has the same URL, and no webhook reaches this one: give it another Secret";

/** Of the whole status, absent fields as null: what a merge patch needs to remove them. `now` stamps conditions. */
export function receiverStatus(config: Config, scope: ReceiverScope, now: string) {
  const { published, errors } = publishAll(config, scope);
  const conditions = conditionsAfter(config, { errors, scope, now });
  const { generation } = config.metadata;
  return receiverStatusFields({
    conditions: [...conditions],
    ...(published.length > 0 && { webhookReceivers: published }),
    observedGeneration: errors.length === 0 ? generation : config.status?.observedGeneration,
    lastHandledRefresh: handledRefresh(config),
  });
}

/** The fields that are ours to write. */
export function receiverStatusFields(status: Status | undefined) {
  return {
    conditions: status?.conditions ?? [],
    webhookReceivers: status?.webhookReceivers ?? null,
    observedGeneration: status?.observedGeneration ?? null,
    lastHandledRefresh: status?.lastHandledRefresh ?? null,
  };
}

/** An empty annotation removes it; an absent one says nothing. */
function handledRefresh({ metadata, status }: Config): string | undefined {
  const asked = metadata.annotations?.[REFRESH_ANNOTATION];
  return asked === undefined ? status?.lastHandledRefresh : asked || undefined;
}

function publishAll(config: Config, scope: ReceiverScope) {
  const receivers = config.spec?.webhookReceivers ?? [];
  const published: WebhookReceiverStatus[] = [];
  const errors: string[] = [];
  const misnamed = configNameViolations(config);
  if (misnamed.length > 0) return { published, errors: [sentenceOf(misnamed)] };
  if (receivers.length > 0 && scope.secretNamespace === "") return { published, errors: [NO_NAMESPACE] };
  for (const receiver of receivers) {
    try {
      const one = publish(receiver, scope);
      const isTaken = published.some(({ name, path }) => name !== one.name && path === one.path);
      published.push(one);
      // It stays published, as Kargo does it: a URL that is registered somewhere must not move by itself.
      if (isTaken || !scope.isReached(one.path)) throw new InputError(UNREACHED);
    } catch (error) {
      errors.push(`error syncing WebhookReceiver "${receiver.name}": ${messageOf(error)}`);
    }
  }
  // Where no webhook refuses them, receivers that share a name or have two types are published, and complained of.
  errors.push(...receiverViolations(receivers).map(({ field, message }) => `${field}: ${message}`));
  return { published, errors };
}

function publish(receiver: WebhookReceiverConfig, scope: ReceiverScope) {
  const { baseURL, project, secretNamespace } = scope;
  const chosen = receiverTypeOf(receiver);
  if (!chosen) throw new InputError("error getting receiver factory: no matching registration found");
  const { type, secretName } = chosen;
  const where = `Secret "${secretName}" in namespace "${secretNamespace}"`;
  const found = scope.getSecret(`${secretNamespace}/${secretName}`);
  if (!found) throw new InputError(`error getting ${where}: ${scope.missing(secretName)}`);
  const secret = explained(`error extracting secret values from ${where}`, () => receiverSecretOf(type, found));
  const { path, url } = receiverURL(baseURL, { project, name: receiver.name, sender: type, secret });
  return { name: receiver.name, path, url };
}

function explained<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new InputError(`${what}: ${messageOf(error)}`, error);
  }
}

interface Publication {
  readonly errors: readonly string[];
  readonly scope: ReceiverScope;
  readonly now: string;
}

function conditionsAfter(config: Config, { errors, scope, now }: Publication): readonly Condition[] {
  const observedGeneration = config.metadata.generation ?? 0;
  const before = config.status?.conditions ?? [];
  const ready = { type: "Ready", observedGeneration };
  if (errors.length === 0) {
    const done = { ...ready, status: "True", reason: "Synced", message: scope.readyMessage } as const;
    return setCondition(removeCondition(before, "Reconciling"), done, now);
  }
  const unique = [...new Set(errors)];
  const text = unique.length === 1 ? unique[0] : `[${unique.join(", ")}]`;
  const syncing = { type: "Reconciling", status: "True", reason: "SyncingWebhooks" } as const;
  const started = setCondition(before, { ...syncing, message: "Syncing WebhookReceivers", observedGeneration }, now);
  const failed = { status: "False", reason: "SyncWebhookReceiversFailed" } as const;
  return setCondition(started, { ...ready, ...failed, message: `${scope.failedMessage}: ${text}` }, now);
}
