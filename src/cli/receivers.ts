// `dockbell receivers`: which webhook receivers there are, and the URL of one. Only `url` shows a URL.
import { InputError } from "../errors.ts";
import type { KubeClient } from "../kube/client.ts";
import { SENDERS } from "../receivers/senders.ts";
import { CLUSTER_CONFIGS, type ClusterConfig } from "../resources/cluster-config.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../resources/project-config.ts";
import { type Column, listingText, type Output } from "./output.ts";

export interface Receiver {
  /** Empty for a ClusterConfig's, which reaches all of them. */
  readonly namespace: string;
  readonly name: string;
  /** The key of its kind, like `dockerhub`; empty when the spec names none. */
  readonly sender: string;
  /** Whether a webhook to its URL is received. */
  readonly isReady: boolean;
  /** Why not. */
  readonly reason: string;
}

const COLUMNS: readonly Column<Receiver>[] = [
  { head: "NAMESPACE", cell: ({ namespace }) => namespace },
  { head: "NAME", cell: ({ name }) => name },
  { head: "SENDER", cell: ({ sender }) => sender },
  { head: "READY", cell: ({ isReady }) => (isReady ? "True" : "False") },
  { head: "REASON", cell: ({ reason }) => reason },
];

export async function listReceivers(client: KubeClient): Promise<readonly Receiver[]> {
  return (await listConfigs(client)).flatMap(receiversOf);
}

async function listConfigs(client: KubeClient): Promise<readonly (ProjectConfig | ClusterConfig)[]> {
  const lists = await Promise.all([
    client.list<ProjectConfig>(PROJECT_CONFIGS, {}),
    client.list<ClusterConfig>(CLUSTER_CONFIGS, {}),
  ]);
  return lists.flatMap(({ items }) => items);
}

export function receiversText(receivers: readonly Receiver[], output: Output): string {
  return listingText({ rows: receivers, columns: COLUMNS, empty: "No receivers: apply a ProjectConfig." }, output);
}

function receiversOf({ metadata, spec, status }: ProjectConfig | ClusterConfig): readonly Receiver[] {
  return (spec?.webhookReceivers ?? []).map(({ name, ...kinds }) => {
    const isPublished = status?.webhookReceivers?.some((one) => one.name === name) ?? false;
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    const [sender = ""] = Object.keys(kinds);
    const isServed = SENDERS.some((one) => one.name === sender);
    const missing = isServed
      ? (ready?.message ?? "it was not reconciled yet")
      : "this version does not receive from it";
    const isReady = isPublished && isServed;
    return { namespace: metadata.namespace ?? "", name, sender, isReady, reason: isReady ? "" : missing };
  });
}

/**
 * The URL of the receiver named `name` or `namespace/name` (`/name` in the ClusterConfig); undefined takes the only one
 * there is.
 * Throws `InputError` that lists the receivers when that does not tell one.
 */
export async function receiverURL(client: KubeClient, wanted: string | undefined): Promise<string> {
  const published = (await listConfigs(client)).flatMap(({ metadata, status }) =>
    (status?.webhookReceivers ?? []).map(({ name = "", url = "" }) => {
      return { name, id: `${metadata.namespace ?? ""}/${name}`, url };
    }),
  );
  const found = published.filter(({ name, id }) => wanted === undefined || wanted === name || wanted === id);
  const [only] = found;
  if (only && found.length === 1) return only.url;
  const names = published.map(({ id }) => id).join(", ") || "none";
  const given =
    wanted === undefined
      ? "name one of the receivers (send takes it as --receiver)"
      : `"${wanted}" names ${found.length} receivers`;
  throw new InputError(`${given}; those with a URL: ${names}`);
}
