// `dockbell receivers list`: which webhook receivers there are. Their URLs do not show.
import { ReceiverPaths } from "../controllers/receiver-paths.ts";
import { KubeError } from "../errors.ts";
import type { KubeClient } from "../kube/client.ts";
import { findCrdOwner } from "../kube/crd-owner.ts";
import { SENDERS } from "../receivers/senders.ts";
import { CLUSTER_CONFIGS, type ClusterConfig } from "../resources/cluster-config.ts";
import type { Config } from "../resources/config.ts";
import { configNameViolations } from "../resources/config-rules.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../resources/project-config.ts";
import { keyOf } from "../resources/resource.ts";
import { sentenceOf } from "../resources/violation.ts";
import type { WebhookReceiverConfig } from "../resources/webhook-receiver.ts";
import { type Column, listingText, type PrintOptions } from "./output.ts";

export interface Receiver {
  /** Empty for a ClusterConfig's, which reaches all of them. */
  readonly namespace: string;
  readonly name: string;
  /** The key of its kind, like `dockerhub`; empty when the spec names none. */
  readonly sender: string;
  /** Whether a webhook to its URL is received. */
  readonly isReady: boolean;
  /** Why not, or who receives it instead of us. */
  readonly reason: string;
}

const COLUMNS: readonly Column<Receiver>[] = [
  { head: "NAMESPACE", cell: ({ namespace }) => namespace },
  { head: "NAME", cell: ({ name }) => name },
  { head: "SENDER", cell: ({ sender }) => sender },
  {
    head: "READY",
    cell: ({ isReady }) => (isReady ? "True" : "False"),
    tone: ({ isReady }) => (isReady ? "good" : "bad"),
  },
  { head: "REASON", cell: ({ reason }) => reason },
];

export const NO_RECEIVERS = "No receivers: apply a ProjectConfig with spec.webhookReceivers.";

/** With a namespace, those of its ProjectConfig alone. */
export async function listReceivers(client: KubeClient, namespace: string | undefined): Promise<readonly Receiver[]> {
  return receiversOf(client, await listConfigs(client, namespace));
}

export async function receiversOf(client: KubeClient, configs: readonly Config[]): Promise<readonly Receiver[]> {
  const paths = new ReceiverPaths();
  for (const config of configs) paths.update(keyOf(config.metadata), config);
  const isBesideKargo = configs.some(hasForeignSender) && (await findsKargo(client));
  return configs.flatMap((config) => {
    const isReached = (path: string) => paths.isReached(keyOf(config.metadata), path);
    return receiversIn(config, { isReached, isBesideKargo });
  });
}

function hasForeignSender({ spec }: Config): boolean {
  return (spec?.webhookReceivers ?? []).some((receiver) => !isOurSender(senderOf(receiver)));
}

function senderOf({ name: _, ...kinds }: WebhookReceiverConfig): string {
  return Object.keys(kinds)[0] ?? "";
}

function isOurSender(sender: string): boolean {
  return SENDERS.some(({ name }) => name === sender);
}

/** Kargo's own webhook server receives where the CRDs are Kargo's. Not where that cannot be told. */
async function findsKargo(client: KubeClient): Promise<boolean> {
  const owner = await findCrdOwner(client).catch(() => undefined);
  return owner?.kind === "others";
}

/** Those that belong to the whole cluster are left out for users who may not see them. */
export async function listConfigs(client: KubeClient, namespace: string | undefined): Promise<readonly Config[]> {
  const [projects, cluster] = await Promise.all([
    client.list<ProjectConfig>(PROJECT_CONFIGS, { namespace }).then(({ items }) => items),
    namespace === undefined ? listClusterConfigs(client).catch(noneIfForbidden) : [],
  ]);
  return [...projects, ...cluster];
}

export async function listClusterConfigs(client: KubeClient): Promise<readonly ClusterConfig[]> {
  return (await client.list<ClusterConfig>(CLUSTER_CONFIGS, {})).items;
}

function noneIfForbidden(error: unknown): readonly ClusterConfig[] {
  if (error instanceof KubeError && error.status === 403) return [];
  throw error;
}

export function receiversText(receivers: readonly Receiver[], options: PrintOptions): string {
  return listingText(
    { rows: receivers, columns: COLUMNS, nameOf: ({ namespace, name }) => `${namespace}/${name}`, empty: NO_RECEIVERS },
    options,
  );
}

interface Reach {
  readonly isReached: (path: string) => boolean;
  readonly isBesideKargo: boolean;
}

function receiversIn(config: Config, { isReached, isBesideKargo }: Reach): readonly Receiver[] {
  const { metadata, spec, status } = config;
  const misnamed = configNameViolations(config);
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  const stateOf = (name: string, sender: string): Pick<Receiver, "isReady" | "reason"> => {
    if (misnamed.length > 0) return { isReady: false, reason: sentenceOf(misnamed) };
    const published = status?.webhookReceivers?.find((one) => one.name === name);
    if (sender === "") return { isReady: false, reason: "it names no sender" };
    if (!isOurSender(sender) && !isBesideKargo)
      return { isReady: false, reason: "this version does not receive from it" };
    if (!published) return { isReady: false, reason: faultOf(name, ready?.message ?? "it was not reconciled yet") };
    if (!isReached(published.path ?? ""))
      return { isReady: false, reason: "another receiver has the same URL: give it another Secret" };
    return { isReady: true, reason: isOurSender(sender) ? "" : "served by Kargo" };
  };
  return (spec?.webhookReceivers ?? []).map((receiver) => {
    const [name, sender] = [receiver.name, senderOf(receiver)];
    return { namespace: metadata.namespace ?? "", name, sender, ...stateOf(name, sender) };
  });
}

/** The message tells of every receiver that has a fault: the part that is about this one, or all of it. */
function faultOf(name: string, message: string): string {
  const own = message
    .split(/(?:^|: \[|: |, )error syncing WebhookReceiver /)
    .find((part) => part.startsWith(`"${name}": `));
  return own === undefined ? message : own.slice(name.length + 4).replace(/\]$/, "");
}
