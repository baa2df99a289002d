// `dockbell send`: the webhook Docker Hub would send, to a receiver looked up by name; its URL never shows.
import type { Clock } from "../clock.ts";
import { TransportError } from "../errors.ts";
import { readBody, type Transport } from "../http/message.ts";
import { dockerHubPayload } from "./payload.ts";

export interface SendOptions {
  /** The receiver's, from `receiverURL`. */
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
  const answer = await transport({ method: "POST", url, headers, body }).catch((error: unknown) => {
    throw withoutPath(error, url);
  });
  const text = Buffer.from(await readBody(answer.body, MAX_ANSWER_BYTES))
    .toString()
    .trim();
  return `${answer.status} ${text}`;
}

/** What a transport says names the URL, and its path is the receiver's secret: neither message nor cause may show it. */
function withoutPath(error: unknown, url: string): unknown {
  if (!(error instanceof TransportError)) return error;
  const { origin, pathname } = new URL(url);
  const message = error.message.replaceAll(pathname, "/…");
  return new TransportError(`${message}: does ${origin} lead to the running dockbell up?`, {
    problem: error.problem,
    isRetryable: error.isRetryable,
  });
}
