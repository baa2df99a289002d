// `dockbell serve`: the components on a cluster's API, from its credentials to the listeners, and their orderly end.
import { once } from "node:events";
import { hostname, networkInterfaces } from "node:os";
import { resolve } from "node:path";
import { DELIVERY_MIGRATIONS } from "../deliveries/schema.ts";
import { InputError, messageOf } from "../errors.ts";
import type { ClusterAccess } from "../kube/access.ts";
import { openDirectoryBlobCache } from "../registries/directory-blob-cache.ts";
import type { Listener } from "../server/listener.ts";
import { openDatabase } from "../sqlite.ts";
import { createLog, type Log } from "../telemetry/log.ts";
import { adminToken, startAdminListener } from "./admin-listener.ts";
import { connectTo, findClusterAccess } from "./cluster.ts";
import { type Components, startComponents } from "./components.ts";
import { type DataDirectory, openDataDirectory } from "./data-directory.ts";
import { elected } from "./leadership.ts";
import { listenForWebhooks } from "./listen.ts";
import { openRegistries } from "./registries.ts";
import { readCertificate } from "./serving-certificate.ts";
import { addressText } from "./setting-values.ts";
import type { Settings } from "./settings.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "./system.ts";
import { onceAllowed, untilControllersMayStart } from "./take-over.ts";
import { beginWork, type Work } from "./work.ts";

export interface ServeOptions {
  readonly settings: Settings<"serve">;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly print: (text: string) => void;
  readonly stop: AbortSignal;
}

interface Start extends ServeOptions {
  readonly access: ClusterAccess;
  readonly directory: DataDirectory;
  /** What is opened is closed by these, the last one first, each told how many milliseconds are left. */
  readonly closers: ((leftMs: number) => unknown)[];
  readonly log: Log;
  readonly onError: (error: unknown) => void;
}

/**
 * Runs until `stop` aborts; then it is not ready any more, hands its Leases over, answers what still arrives for
 * `shutdownDelay`, and ends what is under way within `shutdownTimeout`.
 */
export async function serve(options: ServeOptions): Promise<void> {
  const { settings, env, print, stop } = options;
  refuseMissing(settings);
  const log = createLog(SYSTEM_CLOCK, print);
  const onError = (error: unknown) => log(`internal error: ${error instanceof Error ? error.stack : error}`);
  const { kubeconfig, context } = settings;
  const access = findClusterAccess({ env, kubeconfig: kubeconfig || undefined, context: context || undefined });
  const directory = openDataDirectory(resolve(settings.dataDir));
  const closers: ((leftMs: number) => unknown)[] = [() => directory.release()];
  try {
    const { allowed } = await start({ ...options, access, directory, closers, log, onError });
    await Promise.race([stopped(stop), allowed.then(() => stopped(stop))]);
  } finally {
    await closeAll(closers, settings, stop);
  }
}

async function stopped(stop: AbortSignal): Promise<void> {
  if (!stop.aborted) await once(stop, "abort");
}

function refuseMissing({ baseURL, roles, replica }: Settings<"serve">): void {
  const needsURL = roles.has("receiver") || roles.has("projectconfig");
  if (needsURL && baseURL === "") throw new InputError("baseURL must be set: give --base-url what senders can reach");
  if (replica === "") throw new InputError("replica must be set: give --replica the name of the pod");
}

async function closeAll(
  closers: readonly ((leftMs: number) => unknown)[],
  { shutdownDelay, shutdownTimeout }: Settings<"serve">,
  stop: AbortSignal,
): Promise<void> {
  const deadline = SYSTEM_CLOCK.monotonicMs() + shutdownTimeout + (stop.aborted ? shutdownDelay : 0);
  const failures: unknown[] = [];
  for (const close of closers.toReversed()) {
    const leftMs = Math.max(0, Math.round(deadline - SYSTEM_CLOCK.monotonicMs()));
    try {
      await close(leftMs);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, failures.map(messageOf).join("; "));
}

/** `allowed` is that the controllers may start; where the API is away, that is known later. */
async function start(options: Start): Promise<{ readonly allowed: Promise<void> }> {
  const { settings, env, version, access, directory, closers, log, onError, stop } = options;
  const [clock, random, userAgent] = [SYSTEM_CLOCK, SYSTEM_RANDOM, `dockbell/${version}`];
  const deliveries = openDatabase({ path: directory.file("deliveries.db"), migrations: DELIVERY_MIGRATIONS });
  closers.push(() => deliveries.close());
  const cache = openDirectoryBlobCache({ path: directory.file("blobs"), clock, onError });
  const registries = openRegistries({ settings, cache, clock, random, userAgent });
  closers.push(() => registries.close());
  const { client, close } = connectTo(access, { env, userAgent, log });
  closers.push(() => close());
  const [running, controllers] = [beginWork(clock), beginWork(clock)];
  closers.push((leftMs) => running.end(leftMs));
  const shared = { client, clock, random, log };
  const hasControllers = settings.roles.has("projectconfig") || settings.roles.has("warehouse");
  const { takeOver } = settings;
  const allowed = hasControllers ? untilControllersMayStart({ ...shared, takeOver, stop }) : Promise.resolve();
  const patience = new AbortController();
  await Promise.race([allowed, clock.sleep(ALLOWED_WITHIN_MS, patience.signal)]).finally(() => patience.abort());
  const leadership = elected({
    ...shared,
    namespace: settings.leaseNamespace || access.namespace,
    identity: await leaseIdentity(directory, settings.replica),
    running: controllers,
    graceMs: CONTROLLERS_GRACE_MS,
  });
  const components = startComponents({
    ...shared,
    ...settings,
    leadership: onceAllowed(allowed, leadership),
    deliveries,
    registries: registries.client,
    registryAliases: settings.registryAlias,
    answerWithinMs: settings.answerWithin,
    minIntervalMs: settings.minInterval,
    running,
  });
  await listen(options, running, components);
  // The Leases are handed over while requests are still answered.
  closers.push(async (leftMs) => {
    const handedOver = controllers.end(leftMs);
    if (stop.aborted) await clock.sleep(settings.shutdownDelay);
    await handedOver;
  });
  return { allowed };
}

/** Kept, so that a process that crashed and is started again need not wait for its own Lease to end. */
async function leaseIdentity(directory: DataDirectory, replica: string): Promise<string> {
  const random = () => Buffer.from(SYSTEM_RANDOM.bytes(IDENTITY_BYTES)).toString("hex");
  return `${replica}_${await directory.keep("lease-identity", random)}`;
}

const IDENTITY_BYTES = 8;
/** A refusal within this time comes before anything is begun. */
const ALLOWED_WITHIN_MS = 2_000;
/** Shorter than the Lease lasts, so that it can still be given back. */
const CONTROLLERS_GRACE_MS = 5_000;

async function listen(options: Start, running: Work, components: Components): Promise<void> {
  const { receiver, checks, recentDeliveries, drain, ready } = components;
  const { settings, access, version, directory, closers, log, onError, print, stop } = options;
  const closeLater = (listener: Listener) => closers.push((leftMs) => listener.close(leftMs));
  const tls = readCertificate(settings);
  const token = await adminToken(directory, SYSTEM_RANDOM, settings.adminTokenFile);
  const admin = {
    checks: () => [{ name: "not shutting down", isOk: !stop.aborted, isRequired: true }, ...checks()],
    recentDeliveries,
    drain,
    token,
    hosts: [...ownNames(), ...settings.adminHosts],
  };
  closeLater(await startAdminListener({ ...admin, address: settings.adminListen, directory, onError }));
  const webhooks = receiver && ({ handler: receiver, address: settings.listen, setting: "listen", tls } as const);
  if (webhooks) closeLater(await listenForWebhooks({ ...webhooks, files: settings, log, running, onError }));
  const roles = [...settings.roles].join(", ");
  print(`Dockbell ${version} (${roles}) on ${access.server}. Webhooks arrive on ${addressText(settings.listen)}.\n`);
  void ready.then(() => log("ready: everything was listed once"));
}

/** What this machine is called by itself and by its peers. */
function ownNames(): readonly string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));
  return [...addresses.map((host) => addressText({ host, port: 0 }).replace(/:0$/, "")), hostname()];
}
