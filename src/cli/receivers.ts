// `dockbell receivers`: which webhook receivers there are, and the URL of one. Only `url` shows a URL.
import { ReceiverPaths } from "../controllers/receiver-paths.ts";
import { InputError } from "../errors.ts";
import type { KubeClient } from "../kube/client.ts";
import { SENDERS } from "../receivers/senders.ts";
import { CLUSTER_CONFIGS, type ClusterConfig } from "../resources/cluster-config.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../resources/project-config.ts";
import { keyOf } from "../resources/resource.ts";
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
  const configs = await listConfigs(client);
  const paths = new ReceiverPaths();
  for (const config of configs) paths.update(keyOf(config.metadata), config);
  return configs.flatMap((config) => receiversOf(config, (path) => paths.isReached(keyOf(config.metadata), path)));
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

function receiversOf(
  { metadata, spec, status }: ProjectConfig | ClusterConfig,
  isReached: (path: string) => boolean,
): readonly Receiver[] {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  const reasonOf = (name: string, sender: string) => {
    const published = status?.webhookReceivers?.find((one) => one.name === name);
    if (!SENDERS.some((one) => one.name === sender)) return "this version does not receive from it";
    if (!published) return ready?.message ?? "it was not reconciled yet";
    return isReached(published.path ?? "") ? "" : "another receiver has the same URL: give it another Secret";
  };
  return (spec?.webhookReceivers ?? []).map(({ name, ...kinds }) => {
    const [sender = ""] = Object.keys(kinds);
    const reason = reasonOf(name, sender);
    return { namespace: metadata.namespace ?? "", name, sender, isReady: reason === "", reason };
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
