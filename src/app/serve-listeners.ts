// The listeners of `dockbell serve`: the admin one first, so that readiness is told before webhooks arrive.
import { lookup } from "node:dns/promises";
import { hostname, networkInterfaces } from "node:os";
import { createNetworkTransport } from "../http/transport.ts";
import type { Listener } from "../server/listener.ts";
import { createPeers, type Peers } from "../server/peers.ts";
import type { ReplicaIdentity } from "../server/replica-identity.ts";
import type { Log } from "../telemetry/log.ts";
import { adminToken, startAdminListener } from "./admin-listener.ts";
import type { Closer } from "./closers.ts";
import type { Components } from "./components.ts";
import type { DataDirectory } from "./data-directory.ts";
import type { Instruments } from "./instruments.ts";
import { listenForWebhooks } from "./listen.ts";
import { readCertificate } from "./serving-certificate.ts";
import { type Address, addressText, hostText, parseAddress } from "./setting-values.ts";
import type { Settings } from "./settings.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "./system.ts";
import type { Work } from "./work.ts";

interface ServeListenOptions {
  readonly settings: Settings<"serve">;
  readonly components: Components;
  readonly instruments: Instruments;
  readonly directory: DataDirectory;
  readonly closers: Closer[];
  readonly running: Work;
  readonly log: Log;
  readonly onError: (error: unknown) => void;
  /** From its abort on the process is not ready. */
  readonly stop: AbortSignal;
}

const INSTANCE_BYTES = 16;

/** The one for webhooks; undefined without the role `receiver`. */
export async function startServeListeners(options: ServeListenOptions): Promise<Listener | undefined> {
  const { settings, components, instruments, directory, closers, running, log, onError, stop } = options;
  const { receiver, checks, deliveries, drain } = components;
  const closeLater = (listener: Listener) => closers.push((withinMs) => listener.close(withinMs));
  const tls = readCertificate(settings);
  const token = await adminToken(directory, SYSTEM_RANDOM, settings.adminTokenFile);
  const identity = await identityOf(settings);
  const admin = {
    address: settings.adminListen,
    hosts: [...ownAddresses(), hostname(), ...settings.peers.map(hostOf), ...settings.adminHosts],
    token,
    identity,
    peers: settings.peers.length > 0 ? peersOf(options, identity, token) : undefined,
    checks: () => [{ name: "not shutting down", isOk: !stop.aborted, isRequired: true }, ...checks()],
    metrics: instruments.text,
    deliveries,
    drain,
  };
  closeLater(await startAdminListener({ ...admin, directory, onError }));
  if (!receiver) return undefined;
  const webhooks = { handler: receiver, address: settings.listen, setting: "listen", tls } as const;
  const listener = await listenForWebhooks({ ...webhooks, files: settings, log, running, onError });
  closeLater(listener);
  return listener;
}

async function identityOf({ replica, adminListen }: Settings<"serve">): Promise<ReplicaIdentity> {
  const instance = Buffer.from(SYSTEM_RANDOM.bytes(INSTANCE_BYTES)).toString("hex");
  return { replica, instance, addresses: await listeningAt(adminListen) };
}

/** Who listens at one address alone is at no other of the machine; on all of one family, it is on those of both. */
async function listeningAt({ host, port }: Address): Promise<readonly string[]> {
  const hosts = host === "0.0.0.0" || host === "::" ? ownAddresses() : await addressOf(host);
  return hosts.map((one) => `${one}:${port}`);
}

/** The one at which a listener of that name is, if any: what is wrong with the name is told by who listens there. */
function addressOf(host: string): Promise<readonly string[]> {
  return lookup(host).then(
    ({ address }) => [hostText(address)],
    () => [],
  );
}

function peersOf(
  { settings: { peers }, closers }: ServeListenOptions,
  identity: ReplicaIdentity,
  token: () => string,
): Peers {
  const { transport, close } = createNetworkTransport({});
  closers.push(() => close());
  const isOurs = (address: string) => identity.addresses.includes(address);
  return createPeers({ peers, resolve, isOurs, identity, transport, token, clock: SYSTEM_CLOCK });
}

async function resolve(peer: string): Promise<readonly string[]> {
  const { host, port } = parseAddress(peer);
  return (await lookup(host, { all: true })).map(({ address }) => addressText({ host: address, port }));
}

/** As they stand in URLs. */
function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => hostText(address)));
}

function hostOf(peer: string): string {
  return hostText(parseAddress(peer).host);
}
