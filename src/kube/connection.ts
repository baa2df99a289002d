// The way to one cluster: pools of connections, credentials that renew themselves, and patience when the server says it
// has too much to do (API Priority and Fairness). There is no throttle of our own.
import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import type { Clock } from "../clock.ts";
import { TransportError } from "../errors.ts";
import { answeringWithin } from "../http/answering-within.ts";
import { type HttpRequest, type HttpResponse, readBody, type Transport } from "../http/message.ts";
import { createNetworkTransport, type NetworkTransport, type TlsOptions } from "../http/transport.ts";
import { TELL_EVERY_MS } from "../telemetry/troubles.ts";
import { type ClusterAccess, refusedText } from "./access.ts";
import { retryAfterMs } from "./answer.ts";
import { createIdentitySource, type Identity, type IdentitySource, type Surroundings } from "./identity.ts";

export interface ClusterConnection {
  /** Over a pool of connections that nothing else uses; what is sent over any of them is sent as the same identity. */
  open(): Transport;
  close(): void;
}

/** Patches go out side by side, and every watch holds a connection of its own. */
const MAX_SOCKETS = 64;
const IDLE_TIMEOUT_MS = 30_000;
const MAX_ATTEMPTS = 10;
/** Longer than this the caller decides: the error carries what the server asked for. */
const MAX_WAIT_MS = 30_000;
/** What is under way on connections of a former identity may end. */
const RETIRE_AFTER_MS = 30_000;
const MAX_REFUSAL_BYTES = 1024 * 1024;
/** Beside what succeeds, the answers that only whoever was let in gets. */
const LET_IN_STATUSES: readonly number[] = [403, 404, 409, 422];

interface ClusterSurroundings extends Surroundings {
  /** How long each answer may take to begin, and to go on, where somebody waits for it. */
  readonly timeoutMs?: number | undefined;
  /** Put around what sends each request, those that are sent again included. */
  readonly observe?: ((transport: Transport) => Transport) | undefined;
}

export function connectCluster(access: ClusterAccess, surroundings: ClusterSurroundings): ClusterConnection {
  const identities = createIdentitySource(access, surroundings);
  const opened: Pools[] = [];
  const tellingRefusals = createRefusalTeller(access, surroundings);
  return {
    open() {
      const pools = new Pools(access, surroundings);
      opened.push(pools);
      return patient(tellingRefusals(authenticated(identities, pools)), surroundings.clock);
    },
    close() {
      for (const pools of opened) pools.close();
    },
  };
}

/** Tells once that we are not let in, over whichever connection, and anew where we were meanwhile, after a pause. */
function createRefusalTeller(
  access: ClusterAccess,
  { clock, log }: ClusterSurroundings,
): (transport: Transport) => Transport {
  let isTold = false;
  let toldAt = Number.NEGATIVE_INFINITY;
  return (transport) => async (request) => {
    const response = await transport(request);
    const { status } = response;
    if (status < 400 || LET_IN_STATUSES.includes(status)) isTold = false;
    if (status === 401 && !isTold && clock.monotonicMs() >= toldAt + TELL_EVERY_MS) {
      isTold = true;
      toldAt = clock.monotonicMs();
      log(`${refusedText(access)}: renew its credentials`);
    }
    return response;
  };
}

/** A refused identity is renewed, and the request goes out once more where that changed anything. */
function authenticated(identities: IdentitySource, pools: Pools): Transport {
  return async (request) => {
    const identity = await identities.current(request.signal);
    const response = await sendAs(identity, request, pools);
    if (response.status !== 401) return response;
    identities.refuse(identity);
    const renewed = await identities.current(request.signal);
    if (renewed === identity) return response;
    await readBody(response.body, MAX_REFUSAL_BYTES);
    return sendAs(renewed, request, pools);
  };
}

function sendAs(identity: Identity, request: HttpRequest, pools: Pools): Promise<HttpResponse> {
  const { authorization } = identity;
  const headers = authorization === undefined ? request.headers : { ...request.headers, authorization };
  return pools.of(identity)({ ...request, headers, insecureSkipTLSVerify: pools.isUnverified });
}

/**
 * 429 means the request was not begun: any may be sent again. Other answers with `Retry-After` (503, 504) are repeated
 * only for what reads.
 */
function patient(transport: Transport, clock: Clock): Transport {
  return async (request) => {
    for (let attempt = 1; ; attempt += 1) {
      const response = await transport(request);
      const waitMs = waitBefore(request, response);
      if (waitMs === undefined || waitMs > MAX_WAIT_MS || attempt === MAX_ATTEMPTS) return response;
      await readBody(response.body, MAX_REFUSAL_BYTES);
      await clock.sleep(waitMs, request.signal);
      if (request.signal?.aborted) throw givenUp(request);
    }
  };
}

function waitBefore({ method }: HttpRequest, { status, headers }: HttpResponse): number | undefined {
  const isSafe = method === "GET" || method === "HEAD";
  return status === 429 || (status >= 500 && isSafe) ? retryAfterMs(headers) : undefined;
}

function givenUp({ method, url }: HttpRequest): TransportError {
  const { origin, pathname } = new URL(url);
  const message = `${method} ${origin}${pathname}: given up while the server asked to wait`;
  return new TransportError(message, { problem: "aborted", isRetryable: true });
}

interface Pool {
  readonly network: NetworkTransport;
  readonly transport: Transport;
  readonly connectionKey: string;
}

/** One pool: a new one takes over when the certificate or the authority changed. */
class Pools {
  readonly isUnverified: boolean;
  readonly #access: ClusterAccess;
  readonly #surroundings: ClusterSurroundings;
  readonly #closed = new AbortController();
  readonly #open = new Set<NetworkTransport>();
  #current: Pool | undefined;

  constructor(access: ClusterAccess, surroundings: ClusterSurroundings) {
    this.isUnverified = access.isUnverified;
    this.#access = access;
    this.#surroundings = surroundings;
  }

  of(identity: Identity): Transport {
    const { connectionKey } = identity;
    if (this.#current?.connectionKey !== connectionKey) {
      if (this.#current) void this.#retire(this.#current.network);
      this.#current = { ...this.#connect(identity), connectionKey };
    }
    return this.#current.transport;
  }

  #connect(identity: Identity): Omit<Pool, "connectionKey"> {
    const { clock, timeoutMs, observe = (transport) => transport } = this.#surroundings;
    const limits = timeoutMs === undefined ? { idleTimeoutMs: IDLE_TIMEOUT_MS } : { timeoutMs };
    const network = createNetworkTransport({ maxSockets: MAX_SOCKETS, ...limits, tls: tlsOf(this.#access, identity) });
    this.#open.add(network);
    const transport = observe(network.transport);
    return { network, transport: timeoutMs === undefined ? transport : answeringWithin(timeoutMs, clock, transport) };
  }

  close(): void {
    this.#closed.abort();
    for (const network of this.#open) network.close();
  }

  async #retire(network: NetworkTransport): Promise<void> {
    await this.#surroundings.clock.sleep(RETIRE_AFTER_MS, this.#closed.signal);
    network.close();
    this.#open.delete(network);
  }
}

function tlsOf({ serverName }: ClusterAccess, { authority, cert, key }: Identity): TlsOptions {
  return {
    ...(authority !== undefined && { ca: authority }),
    ...(cert !== undefined && { cert, key }),
    ...(serverName !== undefined && {
      // RFC 6066, section 3: an address is never sent as a server name; the certificate must carry it all the same.
      servername: isIP(serverName) === 0 ? serverName : "",
      checkServerIdentity: (_host, certificate) => checkServerIdentity(serverName, certificate),
    }),
  };
}
