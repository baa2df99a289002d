// The receiver that a command is for, and its URL.
import type { Clock } from "../clock.ts";
import { InputError } from "../errors.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Config } from "../resources/config.ts";
import { findNamespace, namespaceOf } from "./find-namespace.ts";
import { type PublishedReceiver, presentURL } from "./present-url.ts";
import { listClusterConfigs, listConfigs, NO_RECEIVERS, receiversOf } from "./receivers.ts";

interface WantedReceiver {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** `name` or `namespace/name`, `/name` in the ClusterConfig; undefined takes the only one there is. */
  readonly name: string | undefined;
  /** Where to look; everywhere when undefined. */
  readonly namespace: string | undefined;
}

const MAX_REASONS = 5;

/** Its URL, published or as its Secret makes it since. Throws `InputError` that says why where there is not one. */
export async function findReceiverURL({ client, clock, name: wanted, namespace }: WantedReceiver): Promise<string> {
  const within = namespaceOf(wanted, namespace);
  const configs = await (wanted?.startsWith("/") ? listClusterConfigs(client) : listConfigs(client, within));
  const isWanted = (one: { readonly namespace: string; readonly name: string }) =>
    wanted === undefined || wanted === one.name || wanted === idOf(one);
  const published = configs.flatMap(publishedIn);
  const found = published.filter(isWanted);
  const [only] = found;
  if (only && found.length === 1) return presentURL(client, only);
  const withURL = `those with a URL: ${published.map(idOf).join(", ") || "none"}`;
  if (only && wanted === undefined) {
    throw new InputError(`name one of the receivers (send takes it as --receiver); ${withURL}`);
  }
  if (only) throw new InputError(`"${wanted}" names ${found.length} receivers; ${withURL}`);
  const without = (await receiversOf(client, configs)).filter(isWanted);
  if (without.length > 0) {
    const reasons = without.slice(0, MAX_REASONS).map((one) => `receiver ${idOf(one)} has no URL: ${one.reason}`);
    throw new InputError(reasons.join("; "));
  }
  await findNamespace({ client, namespace: within }, clock);
  if (wanted === undefined) throw new InputError(NO_RECEIVERS);
  throw new InputError(`there is no receiver ${wanted}; ${withURL}`);
}

function publishedIn({ metadata, spec, status }: Config): readonly PublishedReceiver[] {
  return (status?.webhookReceivers ?? []).map(({ name = "", url = "" }) => {
    return { namespace: metadata.namespace ?? "", name, url, receivers: spec?.webhookReceivers };
  });
}

/** As commands take it. */
function idOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}
