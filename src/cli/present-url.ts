// The URL of a receiver as its Secret makes it by now: Kargo's controller publishes a changed one up to five minutes
// later, and Dockbell's receiver takes it before. docs/compatibility.md, sections 2.1 and 3.3.
import type { KubeClient } from "../kube/client.ts";
import { SENDERS } from "../receivers/senders.ts";
import { SECRETS, type Secret } from "../resources/core.ts";
import type { ProjectConfig } from "../resources/project-config.ts";
import { receiverSecretOf, receiverTypeOf } from "../resources/receiver-secret.ts";
import { receiverHash } from "../resources/receiver-url.ts";

export interface PublishedReceiver {
  /** Empty in the ClusterConfig, whose Secrets are in a namespace that it does not name. */
  readonly namespace: string;
  readonly name: string;
  readonly url: string;
  readonly receivers: NonNullable<ProjectConfig["spec"]>["webhookReceivers"];
}

/** The published one where the Secret cannot be read, or is of no use. */
export async function presentURL(client: KubeClient, published: PublishedReceiver): Promise<string> {
  const { namespace, name, url, receivers } = published;
  const receiver = receivers?.find((one) => one.name === name);
  const chosen = receiver && receiverTypeOf(receiver);
  if (!chosen || namespace === "" || !SENDERS.some((sender) => sender.name === chosen.type)) return url;
  try {
    const secret = await client.get<Secret>(SECRETS, { namespace, name: chosen.secretName });
    if (!secret) return url;
    const value = receiverSecretOf(chosen.type, secret);
    const hash = receiverHash({ project: namespace, name, secret: value });
    return url.replace(/(?<=\/)[0-9a-f]{64}(?=$|[?#])/, hash);
  } catch {
    return url;
  }
}
