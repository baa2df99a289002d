// Sends requests: over keep-alive sockets, or straight into a handler of the same process.
import { type Agent, type IncomingMessage, Agent as PlainAgent, request as sendPlain } from "node:http";
import { request as sendTls, Agent as TlsAgent } from "node:https";
import { messageOf, TransportError } from "../errors.ts";
import type { Handler, HttpRequest, HttpResponse, Transport } from "./message.ts";

export interface NetworkTransport {
  readonly transport: Transport;
  /** Ends idle connections and those under way. */
  close(): void;
}

interface NetworkOptions {
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** Connections to one host. */
  readonly maxSockets?: number;
  /** Without a byte for so long, before the answer begins, a request fails. */
  readonly answerTimeoutMs?: number;
}

const DEFAULT_MAX_SOCKETS = 16;
const DEFAULT_ANSWER_TIMEOUT_MS = 30_000;

/** One pool of connections; redirects are the caller's. Rejects with `TransportError`, whose message has no query. */
export function createNetworkTransport(options: NetworkOptions): NetworkTransport {
  const pool = { keepAlive: true, maxSockets: options.maxSockets ?? DEFAULT_MAX_SOCKETS };
  const plain = new PlainAgent(pool);
  const tls = new TlsAgent({ ...pool, ...options.tls });
  const timeoutMs = options.answerTimeoutMs ?? DEFAULT_ANSWER_TIMEOUT_MS;
  const transport: Transport = async (request) => {
    const agent = request.url.startsWith("https:") ? tls : plain;
    try {
      return await exchange(request, agent, timeoutMs);
    } catch (error) {
      if (!isStaleSocket(request, error)) throw error;
      return exchange(request, agent, timeoutMs);
    }
  };
  return {
    transport,
    close() {
      plain.destroy();
      tls.destroy();
    },
  };
}

/** Hands requests to a handler without a socket. */
export function inProcessTransport(handler: Handler): Transport {
  return (request) => {
    const { pathname, search } = new URL(request.url);
    return handler({ ...request, url: pathname + search });
  };
}

/** A server may close an idle connection in the moment it is used again; what only reads may be sent once more. */
function isStaleSocket(request: HttpRequest, error: unknown): boolean {
  const isSafe = request.method === "GET" || request.method === "HEAD";
  const cause = error instanceof TransportError ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return isSafe && cause?.code === "ECONNRESET" && !request.signal?.aborted;
}

function exchange(request: HttpRequest, agent: Agent, timeoutMs: number): Promise<HttpResponse> {
  const send = request.url.startsWith("https:") ? sendTls : sendPlain;
  return new Promise((resolve, reject) => {
    const { method, headers, signal } = request;
    const outgoing = send(request.url, { method, headers, agent, ...(signal && { signal }) });
    const fail = (error: unknown) => reject(failure(request, error));
    outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    outgoing.on("error", fail);
    outgoing.on("response", (incoming) => {
      outgoing.setTimeout(0);
      resolve(responseOf(request, incoming));
    });
    writeBody(request, outgoing).catch(fail);
  });
}

async function writeBody({ body }: HttpRequest, outgoing: ReturnType<typeof sendPlain>): Promise<void> {
  if (body instanceof Uint8Array) {
    outgoing.end(body);
    return;
  }
  for await (const chunk of body) outgoing.write(chunk);
  outgoing.end();
}

function responseOf(request: HttpRequest, incoming: IncomingMessage): HttpResponse {
  const headers = incoming.headers as Record<string, string | string[]>;
  return { status: incoming.statusCode ?? 0, headers, body: bytesOf(request, incoming) };
}

async function* bytesOf(request: HttpRequest, incoming: IncomingMessage): AsyncIterable<Uint8Array> {
  try {
    yield* incoming as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw failure(request, error);
  }
}

function failure({ method, url }: HttpRequest, error: unknown): TransportError {
  const { origin, pathname } = new URL(url);
  return new TransportError(`${method} ${origin}${pathname}: ${messageOf(error)}`, { cause: error, isRetryable: true });
}
