// The embedded Kubernetes API of `dockbell up`: its files, its certificate, its listener, and a client that calls it
// without a socket. `send` finds it again through the kubeconfig that stands here.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { join } from "node:path";
import type { Clock, Random } from "../clock.ts";
import type { Transport } from "../http/message.ts";
import { inProcessTransport } from "../http/transport.ts";
import { createKubeClient, type KubeClient } from "../kube/client.ts";
import { createServingCertificate } from "../localkube/certificate.ts";
import { grantsAccess, kubeconfigText } from "../localkube/kubeconfig.ts";
import { openLocalKube } from "../localkube/local-kube.ts";
import { KUBE_MIGRATIONS } from "../localkube/store-schema.ts";
import { type Listener, startListener } from "../server/listener.ts";
import { type Database, openDatabase } from "../sqlite.ts";
import { ownToken } from "./bearer-token.ts";
import { type ConnectOptions, connectTo, findClusterAccess } from "./cluster.ts";
import { type DataDirectory, keptPort, keptPortFault } from "./data-directory.ts";
import { damagedFile } from "./data-file-faults.ts";
import type { StorageTroubles } from "./storage-troubles.ts";

export interface Embedded {
  readonly client: KubeClient;
  readonly kubeconfigPath: string;
  /** Ends watches, stops answering after up to `graceMs`, then closes the database, whose users have ended before. */
  close(graceMs: number): Promise<void>;
}

interface EmbeddedOptions {
  readonly directory: DataDirectory;
  readonly clock: Clock;
  readonly random: Random;
  readonly userAgent: string;
  /** Put around what sends our own requests. */
  readonly observe?: (transport: Transport) => Transport;
  readonly storage?: StorageTroubles;
  readonly onError: (error: unknown) => void;
}

/** A push that matches nothing is final once the index is known to be newer: let a bookmark tell it soon. */
const BOOKMARK_EVERY_MS = 1_000;
const HOST = "127.0.0.1";
const PORT_FILE = "kube-port";
const CERTIFICATE_FILE = "certificate.json";

/** Throws `InputError` when its port is taken by another process. */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const database = options.directory.use("kube.db", (path) =>
    openDatabase({ path, migrations: KUBE_MIGRATIONS, observer: options.storage?.of(path) }),
  );
  const stop = new AbortController();
  try {
    const { listener, ...found } = await serve(options, database, stop.signal);
    return {
      ...found,
      async close(graceMs) {
        stop.abort();
        await listener.close(graceMs);
        await database.close();
      },
    };
  } catch (error) {
    stop.abort();
    await database.close();
    throw error;
  }
}

async function serve(
  options: EmbeddedOptions,
  database: Database,
  signal: AbortSignal,
): Promise<Omit<Embedded, "close"> & { readonly listener: Listener }> {
  const { directory, clock, random, userAgent, onError, observe = (transport) => transport } = options;
  const token = await ownToken(directory, "token", random);
  const pems = await ownCertificate(directory, { clock, random });
  const port = await keptPort(directory, PORT_FILE);
  const api = { database, clock, random, token, signal, bookmarkEveryMs: BOOKMARK_EVERY_MS, onError };
  const { handler } = await openLocalKube(api);
  const tls = { cert: pems.certPem, key: pems.keyPem };
  const listener = await startListener({ handler, host: HOST, port, tls, clock, onError }).catch((error) => {
    throw keptPortFault(error, { what: "the embedded API", file: directory.file(PORT_FILE) });
  });
  const server = `https://${HOST}:${port}`;
  const access = { server, certPem: pems.certPem, token };
  const isStale = (kept: string) => !grantsAccess(kept, access);
  await directory.keep("kubeconfig", () => kubeconfigText({ ...access, name: "dockbell" }), isStale);
  const transport = observe(inProcessTransport(handler));
  const client = createKubeClient({ transport, server, token: () => token, userAgent });
  return { client, listener, kubeconfigPath: directory.file("kubeconfig") };
}

interface Pems {
  readonly certPem: string;
  readonly keyPem: string;
}

/** Nothing of what the file holds is told: the private key is in it. */
async function ownCertificate(directory: DataDirectory, from: { clock: Clock; random: Random }): Promise<Pems> {
  const kept = await directory.keep(CERTIFICATE_FILE, () => JSON.stringify(createServingCertificate(from)));
  try {
    const pems = JSON.parse(kept) as Pems;
    if (new X509Certificate(pems.certPem).checkPrivateKey(createPrivateKey(pems.keyPem))) return pems;
  } catch {
    // It is no JSON, or what is in it is none of ours.
  }
  throw damagedFile(directory.file(CERTIFICATE_FILE), "it holds no certificate with its private key");
}

/** A client over TLS to the embedded API of an `up` that ran or runs in the directory. */
export function connectEmbedded(
  dataDirectory: string,
  options: Pick<ConnectOptions, "userAgent" | "timeoutMs">,
): { client: KubeClient; close: () => void } {
  const access = findClusterAccess({ env: {}, kubeconfig: join(dataDirectory, "kubeconfig") });
  return connectTo(access, { ...options, env: {}, log: () => {} });
}
