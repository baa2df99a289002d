// The thin shell around a handler: a socket in front of a function from request to response. Every server uses it.
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { InputError } from "../errors.ts";
import type { Handler, HttpRequest, HttpResponse } from "../http/message.ts";

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Stops accepting, waits up to `graceMs` for requests under way, then cuts them. */
  close(graceMs: number): Promise<void>;
}

interface ListenerOptions {
  readonly handler: Handler;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly onError: (error: unknown) => void;
}

const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 64 * 1024,
  maxConnections: 4_096,
} as const;

/** Throws `InputError` when the address cannot be had. */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { handler, host, port, tls, onError } = options;
  const { maxConnections, ...limits } = LIMITS;
  const serve: RequestListener = (incoming, outgoing) => void answer(handler, incoming, outgoing, onError);
  const server = tls ? createTlsServer({ ...limits, ...tls }, serve) : createServer(limits, serve);
  server.maxConnections = maxConnections;
  await listen(server, host, port);
  return { host, port: (server.address() as AddressInfo).port, close: (graceMs) => close(server, graceMs) };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why =
        error.code === "EADDRINUSE" ? "is in use: choose another" : `cannot be listened on (${error.message})`;
      reject(new InputError(`${host}:${port} ${why}`, error));
    });
    server.listen(port, host, resolve);
  });
}

async function answer(
  handler: Handler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  onError: (error: unknown) => void,
): Promise<void> {
  try {
    await write(outgoing, await handler(requestOf(incoming, outgoing)), incoming);
  } catch (error) {
    if (outgoing.destroyed) return;
    onError(error);
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(500, { "content-type": "application/json" }).end("{}\n");
  }
}

/** The signal is made only for those who ask for it: most requests are answered before anybody could leave. */
function requestOf(incoming: IncomingMessage, outgoing: ServerResponse): HttpRequest {
  let signal: AbortSignal | undefined;
  return {
    method: incoming.method ?? "GET",
    url: originForm(incoming.url ?? "/"),
    headers: incoming.headers as Readonly<Record<string, string>>,
    body: incoming,
    get signal() {
      signal ??= closeSignal(outgoing);
      return signal;
    },
  };
}

function closeSignal(outgoing: ServerResponse): AbortSignal {
  const controller = new AbortController();
  if (outgoing.destroyed) controller.abort();
  outgoing.once("close", () => controller.abort());
  return controller.signal;
}

function originForm(target: string): string {
  if (target.startsWith("/")) return target;
  const url = URL.parse(target);
  return url ? url.pathname + url.search : target;
}

async function write(outgoing: ServerResponse, response: HttpResponse, incoming: IncomingMessage): Promise<void> {
  const { status, headers, body } = response;
  const isUnread = !incoming.complete && incoming.method !== "GET" && incoming.method !== "HEAD";
  // What is left of a body nobody read would be taken for the next request.
  const all: OutgoingHttpHeaders = { ...(headers as OutgoingHttpHeaders), ...(isUnread && { connection: "close" }) };
  if (body instanceof Uint8Array) {
    outgoing.writeHead(status, { "content-length": body.byteLength, ...all });
    outgoing.end(incoming.method === "HEAD" ? undefined : body);
    return;
  }
  outgoing.writeHead(status, all);
  outgoing.flushHeaders();
  for await (const chunk of body) {
    if (outgoing.destroyed) return;
    if (!outgoing.write(chunk)) await drained(outgoing);
  }
  outgoing.end();
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      outgoing.off("drain", done).off("close", done);
      resolve();
    };
    outgoing.on("drain", done).on("close", done);
  });
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = AbortSignal.timeout(graceMs);
  cut.addEventListener("abort", () => server.closeAllConnections());
  await closed;
}
