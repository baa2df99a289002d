// The thin shell around a handler: a socket in front of a function from request to response. Every server uses it.
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer, Server as TlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { InputError } from "../errors.ts";
import {
  BodyIncompleteError,
  type Handler,
  type HttpRequest,
  type HttpResponse,
  jsonResponse,
} from "../http/message.ts";
import { type IncomingBody, incomingBody } from "./incoming-body.ts";
import { LISTENER_LIMITS, type ListenerLimits } from "./limits.ts";
import { refuseSocket } from "./refuse-socket.ts";

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** New connections are met with it; throws when it cannot be used. Only for a listener that began with `tls`. */
  useCertificate(tls: Certificate): void;
  /** Stops accepting, waits up to `graceMs` for requests under way, then cuts them. */
  close(graceMs: number): Promise<void>;
}

/** PEM, the chain with the server's own certificate first. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

interface ListenerOptions {
  readonly handler: Handler;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly tls?: Certificate | undefined;
  readonly limits?: ListenerLimits;
  readonly onError: (error: unknown) => void;
}

/** Throws `InputError` when the address cannot be had. */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { host, port } = options;
  const shell = new Shell(options);
  await listen(shell.server, host, port);
  return {
    host,
    port: (shell.server.address() as AddressInfo).port,
    useCertificate: (tls) => shell.useCertificate(tls),
    close: (graceMs) => shell.close(graceMs),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
      reject(new InputError(`${address} ${reasonOf(error)}`, error));
    });
    server.listen(port, host, resolve);
  });
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "EADDRINUSE":
      return "is in use by another process";
    case "EACCES":
      return "may not be listened on by this user: ports below 1024 need more rights";
    case "EADDRNOTAVAIL":
      return "is not an address of this machine";
    default:
      return `cannot be listened on (${message})`;
  }
}

class Shell {
  readonly server: Server;
  readonly #options: ListenerOptions;
  readonly #limits: ListenerLimits;
  /** The request each socket is at. */
  readonly #underWay = new WeakMap<Socket, { readonly body: IncomingBody; readonly outgoing: ServerResponse }>();
  #isClosing = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#limits = options.limits ?? LISTENER_LIMITS;
    const serve: RequestListener = (incoming, outgoing) => void this.#answer(incoming, outgoing);
    const limits = serverOptions(this.#limits);
    this.server = options.tls ? createTlsServer({ ...limits, ...options.tls }, serve) : createServer(limits, serve);
    this.server.maxConnections = this.#limits.maxConnections;
    this.server.on("checkContinue", serve);
    this.server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => this.#onClientError(error, socket));
  }

  useCertificate(tls: Certificate): void {
    if (this.server instanceof TlsServer) this.server.setSecureContext(tls);
  }

  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    const cut = AbortSignal.timeout(graceMs);
    cut.addEventListener("abort", () => this.server.closeAllConnections());
    await closed;
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = incomingBody(incoming, outgoing, this.#limits.bodyIdleTimeoutMs);
    this.#underWay.set(incoming.socket, { body, outgoing });
    try {
      await this.#write(outgoing, await this.#options.handler(requestOf(incoming, outgoing, body)), incoming);
    } catch (error) {
      if (outgoing.destroyed) return;
      if (!(error instanceof BodyIncompleteError)) this.#options.onError(error);
      if (outgoing.headersSent) outgoing.destroy();
      else await this.#write(outgoing, faultResponse(error), incoming);
    }
  }

  /** What the parser or a timeout has against a connection. The request whose body is being read is told of it. */
  #onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
    const underWay = this.#underWay.get(socket);
    const isTimeout = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
    const isCut = error.code === "HPE_INVALID_EOF_STATE" || error.code === "ECONNRESET";
    const fault = isTimeout ? "too slow" : isCut ? "cut short" : "malformed";
    if (underWay?.body.fail(new BodyIncompleteError(fault, error))) return;
    // An answer on its way is finished; what came behind it cannot be read.
    if (underWay && !underWay.outgoing.writableFinished) underWay.outgoing.once("finish", () => socket.destroy());
    else refuseSocket(socket, error, this.#limits.lingerMs);
  }

  async #write(outgoing: ServerResponse, response: HttpResponse, incoming: IncomingMessage): Promise<void> {
    const { status, headers, body } = response;
    const isBodyless = incoming.method === "GET" || incoming.method === "HEAD";
    // What is left of a body nobody read would be taken for the next request.
    const isUnread = !incoming.complete && !isBodyless;
    const closes = isUnread || this.#isClosing;
    const all: OutgoingHttpHeaders = { ...(headers as OutgoingHttpHeaders), ...(closes && { connection: "close" }) };
    // Kargo's answers carry no word on a connection that stays open: docs/compatibility.md, section 3.2.
    if (outgoing.shouldKeepAlive && incoming.httpVersion === "1.1") outgoing.removeHeader("connection");
    if (body instanceof Uint8Array) {
      outgoing.writeHead(status, { "content-length": body.byteLength, ...all });
      if (isUnread) await lingering(outgoing, incoming, body, this.#limits.lingerMs);
      else outgoing.end(incoming.method === "HEAD" ? undefined : body);
      return;
    }
    outgoing.writeHead(status, all);
    outgoing.flushHeaders();
    for await (const chunk of body) {
      if (outgoing.destroyed) return;
      if (!outgoing.write(chunk)) await drained(outgoing, this.#limits.stallMs);
    }
    outgoing.end();
  }
}

function serverOptions(limits: ListenerLimits) {
  return {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.checkEveryMs,
    maxHeaderSize: limits.maxHeaderBytes,
  };
}

/** The signal is made only for those who ask for it: most requests are answered before anybody could leave. */
function requestOf(incoming: IncomingMessage, outgoing: ServerResponse, body: IncomingBody): HttpRequest {
  let signal: AbortSignal | undefined;
  return {
    method: incoming.method ?? "GET",
    url: originForm(incoming.url ?? "/"),
    headers: incoming.headers as Readonly<Record<string, string>>,
    body,
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

/** Path and query of a target in absolute form (RFC 9112, section 3.2.2), untouched. */
function originForm(target: string): string {
  const absolute = /^https?:\/\/[^/?#]*(?<rest>.*)$/i.exec(target);
  if (!absolute) return target;
  const rest = absolute.groups?.["rest"] ?? "";
  return rest.startsWith("/") ? rest : `/${rest}`;
}

/** For a fault the handler left to us. */
function faultResponse(error: unknown): HttpResponse {
  const isSlow = error instanceof BodyIncompleteError && error.fault === "too slow";
  return jsonResponse(isSlow ? 408 : 500, {}, { connection: "close" });
}

/** Closing at once would reset the connection under what the client still sends, and it would never see the answer. */
async function lingering(
  outgoing: ServerResponse,
  incoming: IncomingMessage,
  body: Uint8Array,
  lingerMs: number,
): Promise<void> {
  outgoing.write(body);
  const isOver = new Promise<void>((resolve) => {
    for (const event of ["end", "close", "error"]) incoming.once(event, () => resolve());
    AbortSignal.timeout(lingerMs).addEventListener("abort", () => resolve());
  });
  incoming.resume();
  await isOver;
  outgoing.end();
}

/** Resolves when the client has taken what was written, or is gone; one that takes nothing in time is dropped. */
async function drained(outgoing: ServerResponse, stallMs: number): Promise<void> {
  const taken = new AbortController();
  const stalled = AbortSignal.any([taken.signal, AbortSignal.timeout(stallMs)]);
  const drop = () => !taken.signal.aborted && outgoing.destroy();
  stalled.addEventListener("abort", drop, { once: true });
  await new Promise<void>((resolve) => {
    const done = () => {
      outgoing.off("drain", done).off("close", done);
      resolve();
    };
    outgoing.on("drain", done).on("close", done);
  });
  taken.abort();
}
