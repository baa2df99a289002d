// Sends requests: over keep-alive sockets, or straight into a handler of the same process.
import { type ClientRequest, type IncomingMessage, Agent as PlainAgent, request as sendPlain } from "node:http";
import { request as sendTls, Agent as TlsAgent, type AgentOptions as TlsAgentOptions } from "node:https";
import type { Socket } from "node:net";
import { createSecureContext } from "node:tls";
import { TransportError } from "../errors.ts";
import { endMessage } from "./end-message.ts";
import { type Handler, type HttpRequest, type HttpResponse, readBody, type Transport } from "./message.ts";
import { networkFault, SilenceError } from "./network-fault.ts";

export interface NetworkTransport {
  readonly transport: Transport;
  /** Ends idle connections and those under way; from then on every request fails. */
  close(): void;
}

interface NetworkOptions {
  /** `ca` replaces the authorities that Node trusts. */
  readonly tls?: TlsOptions;
  /** Connections to one host. */
  readonly maxSockets?: number;
  /** Each of the three that is not given. */
  readonly timeoutMs?: number | undefined;
  /** To look up the name, connect and agree on TLS. */
  readonly connectTimeoutMs?: number;
  /** Without a byte for so long, before the answer begins, a request fails. */
  readonly answerTimeoutMs?: number;
  /** Without a byte for so long, within the body, a request fails; no limit without it, or for a stream. */
  readonly idleTimeoutMs?: number;
}

/** As `node:tls` names them. */
export type TlsOptions = Pick<TlsAgentOptions, "ca" | "cert" | "key" | "servername" | "checkServerIdentity">;

type Limits = Readonly<Required<Pick<NetworkOptions, "connectTimeoutMs" | "answerTimeoutMs" | "idleTimeoutMs">>>;
type Agents = Readonly<Record<"plain" | "verified" | "unverified", PlainAgent>>;

const DEFAULT_MAX_SOCKETS = 16;
const MAX_WHOLE_BYTES = 64 * 1024;
const DEFAULT_LIMITS: Limits = { connectTimeoutMs: 10_000, answerTimeoutMs: 30_000, idleTimeoutMs: 0 };

/** One pool of connections; redirects are the caller's. Rejects with `TransportError`, whose message has no query. */
export function createNetworkTransport(options: NetworkOptions): NetworkTransport {
  const agents = createAgents(options);
  const { timeoutMs } = options;
  const limits: Limits = {
    connectTimeoutMs: options.connectTimeoutMs ?? timeoutMs ?? DEFAULT_LIMITS.connectTimeoutMs,
    answerTimeoutMs: options.answerTimeoutMs ?? timeoutMs ?? DEFAULT_LIMITS.answerTimeoutMs,
    idleTimeoutMs: options.idleTimeoutMs ?? timeoutMs ?? DEFAULT_LIMITS.idleTimeoutMs,
  };
  let isClosed = false;
  const transport: Transport = async (request) => {
    if (isClosed) throw networkFault(request, new Error("the connections were closed"));
    const agent = agentFor(request, agents);
    try {
      return await exchange(request, agent, limits);
    } catch (error) {
      if (isClosed || !isStaleSocket(request, error)) throw error;
      return exchange(request, agent, limits);
    }
  };
  return {
    transport,
    close() {
      isClosed = true;
      for (const agent of Object.values(agents)) agent.destroy();
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

/** The TLS material is read once, not for each connection. */
function createAgents({ tls = {}, maxSockets = DEFAULT_MAX_SOCKETS }: NetworkOptions): Agents {
  const { servername, checkServerIdentity, ...material } = tls;
  const names = {
    ...(servername !== undefined && { servername }),
    ...(checkServerIdentity && { checkServerIdentity }),
  };
  const pool = { keepAlive: true, maxSockets, ...names, secureContext: createSecureContext(material) };
  return {
    plain: new PlainAgent({ keepAlive: true, maxSockets }),
    verified: new TlsAgent(pool),
    unverified: new TlsAgent({ ...pool, rejectUnauthorized: false }),
  };
}

function agentFor({ url, insecureSkipTLSVerify }: HttpRequest, agents: Agents): PlainAgent {
  if (!url.startsWith("https:")) return agents.plain;
  return insecureSkipTLSVerify ? agents.unverified : agents.verified;
}

/** A server may close an idle connection in the moment it is used again; what only reads may be sent once more. */
function isStaleSocket({ method, signal }: HttpRequest, error: unknown): boolean {
  const isSafe = method === "GET" || method === "HEAD";
  return isSafe && error instanceof TransportError && error.problem === "reset" && !signal?.aborted;
}

function exchange(request: HttpRequest, agent: PlainAgent, limits: Limits): Promise<HttpResponse> {
  const send = request.url.startsWith("https:") ? sendTls : sendPlain;
  return new Promise((resolve, reject) => {
    const { method, headers, signal } = request;
    const outgoing = send(request.url, { method, headers, agent, ...(signal && { signal }) });
    const fail = (error: unknown) => reject(networkFault(request, error));
    limitSilence(outgoing, request.isStream ? { ...limits, idleTimeoutMs: 0 } : limits);
    outgoing.on("error", fail);
    outgoing.on("response", (incoming) => {
      if (isSmall(incoming)) readWhole(request, incoming).then(resolve, reject);
      else resolve(responseOf(request, incoming));
    });
    writeBody(request, outgoing).catch(fail);
  });
}

/** The socket outlives the request, so that what was hung on it is taken off again. */
function limitSilence(outgoing: ClientRequest, { connectTimeoutMs, answerTimeoutMs, idleTimeoutMs }: Limits): void {
  outgoing.once("socket", (socket: Socket) => {
    let fail: (error: Error) => void = (error) => outgoing.destroy(error);
    let awaited = "no answer";
    const allow = (timeoutMs: number) => socket.setTimeout(timeoutMs);
    const onTimeout = () => fail(new SilenceError(awaited, socket.timeout ?? 0));
    const onConnected = () => {
      awaited = "no answer";
      allow(answerTimeoutMs);
    };
    const connected = "encrypted" in socket ? "secureConnect" : "connect";
    if (socket.connecting) {
      awaited = "no connection";
      allow(connectTimeoutMs);
      socket.once(connected, onConnected);
    } else onConnected();
    socket.on("timeout", onTimeout);
    outgoing.once("response", (incoming) => {
      fail = (error) => incoming.destroy(error);
      awaited = "nothing more of the body";
      allow(idleTimeoutMs);
    });
    outgoing.once("close", () => {
      socket.off("timeout", onTimeout).off(connected, onConnected);
      allow(0);
    });
  });
}

async function writeBody({ body }: HttpRequest, outgoing: ClientRequest): Promise<void> {
  endMessage(outgoing, body instanceof Uint8Array ? body : await readBody(body, Number.POSITIVE_INFINITY));
}

function isSmall({ headers }: IncomingMessage): boolean {
  return Number(headers["content-length"] ?? Number.POSITIVE_INFINITY) <= MAX_WHOLE_BYTES;
}

/** A stream costs several times what the few bytes of most answers do. */
function readWhole(request: HttpRequest, incoming: IncomingMessage): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => void chunks.push(chunk));
    incoming.on("error", (error) => reject(networkFault(request, error, true)));
    incoming.on("end", () => resolve({ ...responseOf(request, incoming), body: Buffer.concat(chunks) }));
  });
}

function responseOf(request: HttpRequest, incoming: IncomingMessage): HttpResponse {
  const headers = incoming.headers as Record<string, string | string[]>;
  return { status: incoming.statusCode ?? 0, headers, body: bytesOf(request, incoming) };
}

async function* bytesOf(request: HttpRequest, incoming: IncomingMessage): AsyncIterable<Uint8Array> {
  try {
    yield* incoming as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw networkFault(request, error, true);
  }
}
