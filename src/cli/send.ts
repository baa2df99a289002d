// `dockbell send`: webhooks Docker Hub would send, to a receiver looked up by name; its URL never shows.
import { TransportError } from "../errors.ts";
import { readBody, type Transport } from "../http/message.ts";

interface SendOptions {
  /** The receiver's. */
  readonly url: string;
  readonly transport: Transport;
}

export interface ReceiverAnswer {
  readonly status: number;
  readonly text: string;
}

const MAX_ANSWER_BYTES = 64 * 1024;

/** What the receiver answered; rejects with a `TransportError` that does not show the URL's path. */
export async function send(body: Uint8Array, { url, transport }: SendOptions): Promise<ReceiverAnswer> {
  const headers = { "content-type": "application/json", "content-length": String(body.byteLength) };
  const answer = await transport({ method: "POST", url, headers, body }).catch((error: unknown) => {
    throw withoutPath(error, url);
  });
  const text = Buffer.from(await readBody(answer.body, MAX_ANSWER_BYTES)).toString();
  return { status: answer.status, text: text.trim() };
}

/** What to do about an answer that says nothing was recorded; undefined for the others. */
export function adviceFor(status: number): string | undefined {
  if (status >= 200 && status < 300) return undefined;
  switch (status) {
    case 400:
      return "the body is not a webhook of Docker Hub";
    case 404:
      return "no receiver has this URL: was its secret changed, or does a proxy send another path on?";
    case 503:
      return "nothing was recorded: it is starting or full of unfinished work, send again later";
    default:
      return "nothing was recorded: docs/receiver.md says what each answer means";
  }
}

/** What a transport says names the URL, and its path is the receiver's secret: neither message nor cause may show it. */
function withoutPath(error: unknown, url: string): unknown {
  if (!(error instanceof TransportError)) return error;
  const { origin, pathname } = new URL(url);
  const message = error.message.replaceAll(pathname, "/…");
  return new TransportError(`${message}: does ${origin} lead to a running Dockbell?`, {
    problem: error.problem,
    isRetryable: error.isRetryable,
  });
}
