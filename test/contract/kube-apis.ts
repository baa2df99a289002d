// The Kubernetes APIs that the contract is held against: the embedded one without a socket, the embedded one over TLS
// and, for `npm run test:cluster`, the cluster of KUBECONFIG. What a fact makes lies in a namespace of its own.
import { readFileSync } from "node:fs";
import { findClusterAccess } from "../../src/app/cluster.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/app/system.ts";
import { EMPTY_BODY, type Headers, readBody, type Transport } from "../../src/http/message.ts";
import { createNetworkTransport, inProcessTransport } from "../../src/http/transport.ts";
import type { TextSource } from "../../src/kube/access.ts";
import { createServingCertificate } from "../../src/localkube/certificate.ts";
import { openLocalKube } from "../../src/localkube/local-kube.ts";
import { KUBE_MIGRATIONS } from "../../src/localkube/store-schema.ts";
import { startListener } from "../../src/server/listener.ts";
import { openDatabase } from "../../src/sqlite.ts";
import { unexpected } from "../support/kube.ts";

/** A place to send requests to, with what it takes to be let in. */
export interface Server {
  readonly transport: Transport;
  readonly origin: string;
  readonly token: string;
  /** Whether its controllers, which a bare API server lacks, have to be played. */
  readonly needsControllers: boolean;
  close(): Promise<void>;
}

export interface Implementation {
  readonly name: string;
  readonly isEmbedded: boolean;
  start(): Promise<Server>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; an empty object where it is not JSON. */
  readonly body: Json;
}

/** Loosely typed on purpose: the facts look at what came over the wire. */
export interface Json {
  readonly [key: string]: Json;
}

const cluster = process.env["CLUSTER_TESTS"] === "1" ? process.env["KUBECONFIG"] : undefined;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const TOKEN = "the administrator's token";

export const IMPLEMENTATIONS: readonly Implementation[] = [
  { name: "embedded, in process", isEmbedded: true, start: startInProcess },
  { name: "embedded, over TLS", isEmbedded: true, start: startOverTls },
  ...(cluster ? [{ name: "kube-apiserver", isEmbedded: false, start: () => connect(cluster) }] : []),
];

/** A server with a past of which the beginning is forgotten, as every cluster is after some minutes. */
async function startEmbedded() {
  const database = openDatabase({ path: ":memory:", migrations: KUBE_MIGRATIONS });
  await database.write((db) => db.exec("UPDATE revision SET value = 1000, compacted = 500"));
  const work = new AbortController();
  const { handler } = await openLocalKube({
    database,
    clock: SYSTEM_CLOCK,
    random: SYSTEM_RANDOM,
    token: TOKEN,
    signal: work.signal,
    bookmarkEveryMs: 200,
    onError: unexpected,
  });
  const close = async () => {
    work.abort();
    await database.close();
  };
  return { handler, close };
}

async function startInProcess(): Promise<Server> {
  const { handler, close } = await startEmbedded();
  const transport = inProcessTransport(handler);
  return { transport, origin: "https://localkube", token: TOKEN, needsControllers: false, close };
}

async function startOverTls(): Promise<Server> {
  const { handler, close } = await startEmbedded();
  const { certPem: cert, keyPem: key } = createServingCertificate({ clock: SYSTEM_CLOCK, random: SYSTEM_RANDOM });
  const faults: unknown[] = [];
  const onError = (error: unknown) => faults.push(error);
  const listener = await startListener({
    handler,
    host: "127.0.0.1",
    port: 0,
    tls: { cert, key },
    clock: SYSTEM_CLOCK,
    onError,
  });
  const network = createNetworkTransport({ tls: { ca: cert }, maxSockets: 64 });
  return {
    transport: network.transport,
    origin: `https://127.0.0.1:${listener.port}`,
    token: TOKEN,
    needsControllers: false,
    async close() {
      network.close();
      await listener.close(0);
      await close();
      if (faults.length > 0) throw faults[0];
    },
  };
}

/** Without the client's patience: a fact wants the answer as it came. */
async function connect(kubeconfig: string): Promise<Server> {
  const { server: origin, authority, user } = findClusterAccess({ env: {}, kubeconfig });
  if (!user.token && !user.certificate) throw new Error(`${kubeconfig}: the contract needs a token or a certificate`);
  const { token, certificate } = user;
  const tls = {
    ...(authority && { ca: read(authority) }),
    ...(certificate && { cert: read(certificate.cert), key: read(certificate.key) }),
  };
  const { transport, close } = createNetworkTransport({ tls, maxSockets: 64 });
  const bearer = token ? read(token) : "";
  return { transport, origin, token: bearer, needsControllers: true, close: async () => close() };
}

function read(source: TextSource): string {
  return source.kind === "text" ? source.text : readFileSync(source.path, "utf8");
}

export interface SendOptions {
  /** JSON, unless it is a string already. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export async function send(server: Server, request: string, options: SendOptions = {}): Promise<Answer> {
  const { status, headers, body } = await respond(server, request, options);
  const text = Buffer.from(await readBody(body, MAX_ANSWER_BYTES)).toString();
  return { status, headers, text, body: parsed(text) };
}

/** The answer while its body is still to be read. `request` is a method and a path. */
export function respond({ transport, origin, token }: Server, request: string, options: SendOptions) {
  const { body, signal } = options;
  const [method = "GET", path = "/"] = request.split(" ");
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const bytes = text === undefined ? EMPTY_BODY : Buffer.from(text);
  const headers = {
    ...(token && { authorization: `Bearer ${token}` }),
    accept: "application/json",
    "user-agent": "contract",
    ...(text !== undefined && { "content-type": "application/json", "content-length": String(bytes.length) }),
    ...options.headers,
  };
  return transport({ method, url: origin + path, headers, body: bytes, ...(signal && { signal }) });
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
}
