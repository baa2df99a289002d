// The thin shell around a handler: a socket in front of a function from request to response. Every server uses it.
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, Server as TlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Clock } from "../clock.ts";
import { InputError } from "../errors.ts";
import { BodyIncompleteError, type Handler, type HttpResponse, jsonResponse } from "../http/message.ts";
import { Connections } from "./connections.ts";
import { IncomingRequest } from "./incoming-request.ts";
import { LISTENER_LIMITS, type ListenerLimits } from "./limits.ts";
import { refuseSocket } from "./refuse-socket.ts";
import { writeResponse } from "./write-response.ts";

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** New connections are met with it; throws when it cannot be used. Only for a listener that began with `tls`. */
  useCertificate(tls: Certificate): void;
  /** From then on an answer is the last of its connection, and says so; connections are accepted as before. */
  endAfterAnswers(): void;
  /** Stops accepting, ends connections without a request, waits up to `graceMs` for requests under way, then cuts them. */
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
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** Throws `InputError` when the address cannot be had. */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { host, port } = options;
  const shell = new Shell(options);
  await listen(shell.server, host, port);
  // Nothing that befalls a listening socket ends the process. For want of file descriptors, libuv itself closes what it
  // cannot accept, and tells nobody.
  shell.server.on("error", options.onError);
  return {
    host,
    port: (shell.server.address() as AddressInfo).port,
    useCertificate: (tls) => shell.useCertificate(tls),
    endAfterAnswers: () => shell.endAfterAnswers(),
    close: (graceMs) => shell.close(graceMs),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => {
      const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
      reject(new InputError(`${address} ${reasonOf(error)}`, error));
    };
    server.once("error", fail);
    server.listen(port, host, () => {
      server.off("error", fail);
      resolve();
    });
  });
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "EADDRINUSE":
      return "is in use";
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
  readonly #underWay = new WeakMap<Socket, { readonly request: IncomingRequest; readonly outgoing: ServerResponse }>();
  readonly #connections: Connections;
  #areAnswersLast = false;
  #isClosing = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#limits = options.limits ?? LISTENER_LIMITS;
    const serve: RequestListener = (incoming, outgoing) => void this.#answer(incoming, outgoing);
    const limits = serverOptions(this.#limits);
    this.server = options.tls ? createTlsServer({ ...limits, ...options.tls }, serve) : createServer(limits, serve);
    this.#connections = new Connections(this.server);
    this.server.maxConnections = this.#limits.maxConnections;
    this.server.setTimeout(this.#limits.bodyIdleTimeoutMs, (socket: Socket) => this.#onSilence(socket));
    this.server.on("checkContinue", serve);
    this.server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => this.#onClientError(error, socket));
  }

  useCertificate(tls: Certificate): void {
    if (this.server instanceof TlsServer) this.server.setSecureContext(tls);
  }

  endAfterAnswers(): void {
    this.#areAnswersLast = true;
  }

  async close(graceMs: number): Promise<void> {
    this.endAfterAnswers();
    this.#isClosing = true;
    const closed = new AbortController();
    const isClosed = new Promise<void>((resolve) => this.server.close(() => resolve())).then(() => closed.abort());
    this.#connections.destroyIdle();
    await this.#options.clock.sleep(graceMs, closed.signal);
    this.#cut();
    await isClosed;
  }

  /** Handlers that still read hear that it is we who end it: to them it would look like a sender that left. */
  #cut(): void {
    for (const socket of this.#connections.spoken()) {
      this.#underWay.get(socket)?.request.body.fail(new BodyIncompleteError("not awaited"));
    }
    this.#connections.destroyAll();
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = new IncomingRequest(incoming, outgoing);
    this.#underWay.set(incoming.socket, { request, outgoing });
    try {
      await this.#write(outgoing, await this.#options.handler(request));
    } catch (error) {
      if (outgoing.destroyed) return;
      if (!(error instanceof BodyIncompleteError)) this.#options.onError(error);
      if (outgoing.headersSent) outgoing.destroy();
      else await this.#write(outgoing, faultResponse(error));
    } finally {
      if (this.#isClosing) this.#endConnectionAfter(outgoing);
    }
  }

  /** For an answer that began before the closing, so that it could not say that it is the last one. */
  #endConnectionAfter(outgoing: ServerResponse): void {
    if (outgoing.writableFinished) this.#connections.destroyIdle();
    else outgoing.once("finish", () => this.#connections.destroyIdle());
  }

  #write(outgoing: ServerResponse, response: HttpResponse): Promise<void> {
    const { clock } = this.#options;
    return writeResponse(outgoing, response, { clock, limits: this.#limits, isLast: this.#areAnswersLast });
  }

  /** Nothing was sent either way for as long as a body, or the next request, may take: an answer may take longer. */
  #onSilence(socket: Socket): void {
    const underWay = this.#underWay.get(socket);
    if (!underWay || underWay.outgoing.writableFinished) socket.destroy();
    else underWay.request.body.fail(new BodyIncompleteError("too slow"));
  }

  /** What the parser or a timeout has against a connection. The request whose body is being read is told of it. */
  #onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
    const underWay = this.#underWay.get(socket);
    const isTimeout = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
    const isCut = error.code === "HPE_INVALID_EOF_STATE" || error.code === "ECONNRESET";
    const fault = isTimeout ? "too slow" : isCut ? "cut short" : "malformed";
    if (underWay?.request.body.fail(new BodyIncompleteError(fault, error))) return;
    // An answer on its way is finished; what came behind it cannot be read.
    if (underWay && !underWay.outgoing.writableFinished) underWay.outgoing.once("finish", () => socket.destroy());
    else refuseSocket(socket, error, { clock: this.#options.clock, lingerMs: this.#limits.lingerMs });
  }
}

function serverOptions(limits: ListenerLimits) {
  return {
    handshakeTimeout: limits.headersTimeoutMs,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.checkEveryMs,
    maxHeaderSize: limits.maxHeaderBytes,
  };
}

/** For a fault the handler left to us. */
function faultResponse(error: unknown): HttpResponse {
  const isSlow = error instanceof BodyIncompleteError && error.fault === "too slow";
  return jsonResponse(isSlow ? 408 : 500, {}, { connection: "close" });
}
