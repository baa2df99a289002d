// `dockbell receivers`: which webhook receivers there are, and the URL of one. Only `url` shows a URL.
import { ReceiverPaths } from "../controllers/receiver-paths.ts";
import { InputError, KubeError } from "../errors.ts";
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
import { presentURL } from "./present-url.ts";

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

/** With a namespace, those of its ProjectConfig alone. */
export async function listReceivers(client: KubeClient, namespace: string | undefined): Promise<readonly Receiver[]> {
  const configs = await listConfigs(client, namespace);
  const paths = new ReceiverPaths();
  for (const config of configs) paths.update(keyOf(config.metadata), config);
  const isBesideKargo = configs.some(hasForeignSender) && (await findsKargo(client));
  return configs.flatMap((config) => {
    const isReached = (path: string) => paths.isReached(keyOf(config.metadata), path);
    return receiversOf(config, { isReached, isBesideKargo });
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

async function listConfigs(client: KubeClient, namespace: string | undefined): Promise<readonly Config[]> {
  const [projects, cluster] = await Promise.all([
    client.list<ProjectConfig>(PROJECT_CONFIGS, { namespace }).then(({ items }) => items),
    namespace === undefined ? listClusterConfigs(client) : [],
  ]);
  return [...projects, ...cluster];
}

/** None for users who may not see what belongs to the whole cluster. */
async function listClusterConfigs(client: KubeClient): Promise<readonly ClusterConfig[]> {
  try {
    return (await client.list<ClusterConfig>(CLUSTER_CONFIGS, {})).items;
  } catch (error) {
    if (error instanceof KubeError && error.status === 403) return [];
    throw error;
  }
}

export function receiversText(receivers: readonly Receiver[], options: PrintOptions): string {
  const empty = "No receivers: apply a ProjectConfig with spec.webhookReceivers.";
  return listingText(
    { rows: receivers, columns: COLUMNS, nameOf: ({ namespace, name }) => `${namespace}/${name}`, empty },
    options,
  );
}

interface Reach {
  readonly isReached: (path: string) => boolean;
  readonly isBesideKargo: boolean;
}

function receiversOf(config: Config, { isReached, isBesideKargo }: Reach): readonly Receiver[] {
  const { metadata, spec, status } = config;
  const misnamed = configNameViolations(config);
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  const stateOf = (name: string, sender: string): Pick<Receiver, "isReady" | "reason"> => {
    if (misnamed.length > 0) return { isReady: false, reason: sentenceOf(misnamed) };
    const published = status?.webhookReceivers?.find((one) => one.name === name);
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

interface WantedReceiver {
  /** `name` or `namespace/name`, `/name` in the ClusterConfig; undefined takes the only one there is. */
  readonly name: string | undefined;
  /** Where to look; everywhere when undefined. */
  readonly namespace: string | undefined;
}

/** Its URL, published or as its Secret makes it since. Throws `InputError` that lists the receivers when that does not tell one. */
export async function findReceiverURL(
  client: KubeClient,
  { name: wanted, namespace }: WantedReceiver,
): Promise<string> {
  const within = wanted?.includes("/") ? wanted.slice(0, wanted.indexOf("/")) || undefined : namespace;
  const published = (await listConfigs(client, within)).flatMap(({ metadata: { namespace: of = "" }, spec, status }) =>
    (status?.webhookReceivers ?? []).map(({ name = "", url = "" }) => {
      return { namespace: of, name, id: `${of}/${name}`, url, receivers: spec?.webhookReceivers };
    }),
  );
  const found = published.filter(({ name, id }) => wanted === undefined || wanted === name || wanted === id);
  const [only] = found;
  if (only && found.length === 1) return presentURL(client, only);
  if (published.length === 0)
    throw new InputError("no receiver has a URL: dockbell receivers list says which there are");
  const names = published.map(({ id }) => id).join(", ") || "none";
  const given =
    wanted === undefined
      ? "name one of the receivers (send takes it as --receiver)"
      : `"${wanted}" names ${found.length} receivers`;
  throw new InputError(`${given}; those with a URL: ${names}`);
}
