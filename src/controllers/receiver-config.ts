// Publishes the URLs of webhook receivers in the status of ProjectConfigs and of the ClusterConfig, and keeps them true:
// a Secret that is created, changed or deleted is taken up at once. docs/compatibility.md, sections 2.2 and 2.3.
import { isDeepStrictEqual } from "node:util";
import { type Clock, toKubeTime } from "../clock.ts";
import { KubeError } from "../errors.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Change } from "../kube/informer.ts";
import type { WorkResult } from "../queue.ts";
import { CLUSTER_CONFIGS, type ClusterConfig } from "../resources/cluster-config.ts";
import type { Config } from "../resources/config.ts";
import type { Secret } from "../resources/core.ts";
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../resources/project-config.ts";
import { receiverTypeOf } from "../resources/receiver-secret.ts";
import type { Resource } from "../resources/resource.ts";
import type { ReceiverPaths } from "./receiver-paths.ts";
import { type ReceiverScope, receiverStatus, receiverStatusFields } from "./receiver-status.ts";

interface ConfigOptions<T extends Config> {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly baseURL: string;
  readonly get: (key: string) => T | undefined;
  readonly getSecret: (key: string) => Secret | undefined;
  readonly paths: Pick<ReceiverPaths, "isReached">;
}

/** One pass over the object with this key. Rejects when the status could not be written. */
type Reconcile = (key: string) => Promise<WorkResult>;

const RESYNC = { afterMs: 5 * 60_000 };

export function createProjectConfigReconciler(options: ConfigOptions<ProjectConfig>): Reconcile {
  return async (key) => {
    const config = options.get(key);
    if (!config) return "done";
    const { namespace = "" } = config.metadata;
    return writeStatus(PROJECT_CONFIGS, config, options, {
      baseURL: options.baseURL,
      project: namespace,
      secretNamespace: namespace,
      getSecret: options.getSecret,
      isReached: (path) => options.paths.isReached(key, path),
      readyMessage: "ProjectConfig is synced and ready for use",
      failedMessage: "Failed to sync WebhookReceivers",
      missing: (name) => (name === "" ? "resource name may not be empty" : `secrets "${name}" not found`),
    });
  };
}

/** `systemNamespace`: where a ClusterConfig's Secrets are; empty when none is designated. */
export function createClusterConfigReconciler(
  options: ConfigOptions<ClusterConfig> & { readonly systemNamespace: string },
): Reconcile {
  return async (key) => {
    const config = options.get(key);
    if (!config) return "done";
    return writeStatus(CLUSTER_CONFIGS, config, options, {
      baseURL: options.baseURL,
      project: "",
      secretNamespace: options.systemNamespace,
      getSecret: options.getSecret,
      isReached: (path) => options.paths.isReached(key, path),
      readyMessage: "ClusterConfig is synced and ready for use",
      failedMessage: "Failed to sync webhook receivers",
      missing: (name) => `Secret "${name}" not found`,
    });
  };
}

async function writeStatus<T extends Config>(
  resource: Resource,
  config: T,
  { client, clock }: ConfigOptions<T>,
  scope: ReceiverScope,
): Promise<WorkResult> {
  const { namespace, name, deletionTimestamp } = config.metadata;
  if (deletionTimestamp) return "done";
  const status = receiverStatus(config, scope, toKubeTime(clock.now()));
  if (!isDeepStrictEqual(status, receiverStatusFields(config.status)))
    await client
      .mergePatch(resource, { namespace, name }, { status }, { subresource: "status" })
      .catch((error) => Promise.reject(withoutURLs(error)));
  return RESYNC;
}

/** Whoever else refuses a status may quote it, and the receivers' paths are credentials. */
function withoutURLs(error: unknown): unknown {
  if (!(error instanceof KubeError)) return error;
  const { status, reason, retryAfterMs } = error;
  const why = error.lackingRight?.sentence ?? `${status} ${reason}`.trimEnd();
  return new KubeError(`its status was refused: ${why}`, { status, reason, retryAfterMs });
}

/** A new object, another spec, or a refresh that was asked for; taking the annotation away asks for nothing. */
export function asksForConfigPass({ current, previous }: Change<Config>): boolean {
  if (!current) return false;
  const asked = current.metadata.annotations?.[REFRESH_ANNOTATION];
  return (
    current.metadata.uid !== previous?.metadata.uid ||
    current.metadata.generation !== previous?.metadata.generation ||
    (asked !== undefined && asked !== previous?.metadata.annotations?.[REFRESH_ANNOTATION])
  );
}

/** Whether a receiver of this object takes its URL from the Secret with this name. */
export function refersToSecret(config: Config | undefined, secretName: string): boolean {
  const receivers = config?.spec?.webhookReceivers ?? [];
  return receivers.some((receiver) => receiverTypeOf(receiver)?.secretName === secretName);
}
