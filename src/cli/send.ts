// `dockbell send`: webhooks Docker Hub would send, to a receiver looked up by name; the secret in its URL never shows.
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
/** A receiver's has 64 characters; a path that nobody made from a Secret may be a word of the answer. */
const MIN_SECRET_LENGTH = 16;

/** What the receiver answered; neither that nor the `TransportError` it rejects with shows the URL's path. */
export async function send(body: Uint8Array, { url, transport }: SendOptions): Promise<ReceiverAnswer> {
  const headers = { "content-type": "application/json", "content-length": String(body.byteLength) };
  try {
    const answer = await transport({ method: "POST", url, headers, body });
    const text = Buffer.from(await readBody(answer.body, MAX_ANSWER_BYTES)).toString();
    return { status: answer.status, text: withoutPath(text.trim(), url) };
  } catch (error) {
    throw error instanceof TransportError ? faultWithoutPath(error, url) : error;
  }
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
      return "nothing was recorded: it is starting, being drained or full of unfinished work; send again later";
    default:
      return "nothing was recorded: docs/receiver.md says what each answer means";
  }
}

/** Its cause is left out too: it names the URL. */
function faultWithoutPath({ message, problem, isRetryable }: TransportError, url: string): TransportError {
  const { origin } = new URL(url);
  return new TransportError(`${withoutPath(message, url)}: does ${origin} lead to a running Dockbell?`, {
    problem,
    isRetryable,
  });
}

/** The last part of the path is the receiver's secret; a proxy may have taken off what stands before it. */
function withoutPath(text: string, url: string): string {
  const secret = new URL(url).pathname.split("/").at(-1) ?? "";
  return secret.length < MIN_SECRET_LENGTH ? text : text.replaceAll(secret, "…");
}
