// `dockbell send`: the webhook Docker Hub would send, to a receiver looked up by name; its URL never shows.
import type { Clock } from "../clock.ts";
import { InputError } from "../errors.ts";
import { readBody, type Transport } from "../http/message.ts";
import type { KubeClient } from "../kube/client.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../resources/project-config.ts";
import { dockerHubPayload } from "./payload.ts";

export interface SendOptions {
  /** The receiver's, from `findReceiver`. */
  readonly url: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly repository: string;
  readonly tag: string;
  readonly mediaType: string;
}

const MAX_ANSWER_BYTES = 64 * 1024;

/** What the receiver answered, as one line. */
export async function send(options: SendOptions): Promise<string> {
  const { url, transport, clock, repository, tag, mediaType } = options;
  const body = Buffer.from(dockerHubPayload({ repository, tag, mediaType, pushedAt: Math.floor(clock.now() / 1000) }));
  const headers = { "content-type": "application/json", "content-length": String(body.length) };
  const answer = await transport({ method: "POST", url, headers, body });
  const text = Buffer.from(await readBody(answer.body, MAX_ANSWER_BYTES))
    .toString()
    .trim();
  return `${answer.status} ${text}`;
}

/**
 * The URL of the receiver named `name` or `namespace/name`; undefined takes the only one there is.
 * Throws `InputError` that lists them when that does not tell one.
 */
export async function findReceiver(client: KubeClient, wanted: string | undefined): Promise<string> {
  const { items } = await client.list<ProjectConfig>(PROJECT_CONFIGS, {});
  const receivers = items.flatMap(({ metadata, status }) =>
    (status?.webhookReceivers ?? []).map(({ name = "", url = "" }) => ({
      name,
      id: `${metadata.namespace}/${name}`,
      url,
    })),
  );
  const found = receivers.filter(({ name, id }) => wanted === undefined || wanted === name || wanted === id);
  const [only] = found;
  if (only && found.length === 1) return only.url;
  const names = receivers.map(({ id }) => id).join(", ") || "none";
  const given = wanted === undefined ? "name one of the receivers" : `"${wanted}" names ${found.length} receivers`;
  throw new InputError(`--receiver: ${given}; there are: ${names}`);
}
