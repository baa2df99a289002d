// `dockbell serve`: the components on a cluster's API, from its credentials to the listeners, and their orderly end.
import { resolve } from "node:path";
import { aborted } from "../clock.ts";
import { DELIVERY_MIGRATIONS } from "../deliveries/schema.ts";
import { InputError } from "../errors.ts";
import type { ClusterAccess } from "../kube/access.ts";
import type { KubeClient } from "../kube/client.ts";
import { openDirectoryBlobCache } from "../registries/directory-blob-cache.ts";
import { openDatabase } from "../sqlite.ts";
import { createLog, type Log } from "../telemetry/log.ts";
import { type Closer, closeAfter } from "./closers.ts";
import { connectTo, findClusterAccess } from "./cluster.ts";
import { componentSettings } from "./component-settings.ts";
import { startComponents } from "./components.ts";
import { type DataDirectory, openDataDirectory } from "./data-directory.ts";
import { endServing, type Served } from "./end-serving.ts";
import { createInstruments, type Instruments } from "./instruments.ts";
import { elected, type Leadership } from "./leadership.ts";
import { openRegistries } from "./registries.ts";
import { startServeListeners } from "./serve-listeners.ts";
import { addressText } from "./setting-values.ts";
import type { Settings } from "./settings.ts";
import { createStopTeller, type StopTeller } from "./stop-teller.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "./system.ts";
import { onceAllowed, untilControllersMayStart } from "./take-over.ts";
import { beginWork, type Work } from "./work.ts";

export interface ServeOptions {
  readonly settings: Settings<"serve">;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly print: (text: string) => void;
  /** Its reason is the name of the signal that the process got. */
  readonly stop: AbortSignal;
}

interface Start extends ServeOptions {
  /** How long webhooks are taken after the stop was asked for. */
  readonly serveOnMs: number;
  /** Whether deliveries outlive the process. */
  readonly isDurable: boolean;
  readonly access: ClusterAccess;
  readonly directory: DataDirectory;
  readonly instruments: Instruments;
  readonly closers: Closer[];
  readonly stopTeller: StopTeller;
  readonly log: Log;
  readonly onError: (error: unknown) => void;
}

const LEASE_IDENTITY_BYTES = 8;
/** A refusal within this time comes before anything is begun. */
const ALLOWED_WITHIN_MS = 2_000;
/** Shorter than the Lease lasts, so that it can still be given back. */
const CONTROLLERS_GRACE_MS = 5_000;
/** Nothing is waited for any more. Beside `shutdownDelay` and `shutdownTimeout` a pod's grace period has room for it. */
const CLOSE_WITHIN_MS = 4_000;

/** Runs until `stop` aborts; is not ready from then on, ends what it serves (`endServing`), and closes what it opened. */
export async function serve(options: ServeOptions): Promise<void> {
  const { settings, env, version, print, stop } = options;
  refuseUnusable(settings);
  const clock = SYSTEM_CLOCK;
  const log = createLog(clock, print, settings.logFormat);
  const onError = (error: unknown) => log(`internal error: ${error instanceof Error ? error.stack : error}`);
  const { kubeconfig, context } = settings;
  const access = findClusterAccess({ env, kubeconfig: kubeconfig || undefined, context: context || undefined });
  const instruments = createInstruments(clock, version);
  const directory = openDataDirectory(resolve(settings.dataDir));
  const closers: Closer[] = [() => directory.release()];
  const { shutdownTimeout: endWithinMs } = settings;
  const serveOnMs = settings.roles.has("receiver") ? settings.shutdownDelay : 0;
  const isDurable = settings.deliveryLog === "disk";
  const stopTeller = createStopTeller({ clock, log, stop, serveOnMs, endWithinMs, isDurable });
  const opened = { serveOnMs, isDurable, access, directory, instruments, closers, stopTeller, log, onError };
  const run = async () => {
    const { allowed, ...served } = await start({ ...options, ...opened });
    await Promise.race([aborted(stop), allowed.then(() => aborted(stop))]);
    await endServing({ ...served, clock, serveOnMs, endWithinMs });
  };
  await closeAfter(run, { closers, clock, withinMs: CLOSE_WITHIN_MS, onError }).finally(stopTeller.ended);
}

function refuseUnusable(settings: Settings<"serve">): void {
  const { baseURL, roles, replica, deliveryLog, answerWithin, peers, adminTokenFile } = settings;
  if (roles.has("projectconfig") && baseURL === "")
    throw new InputError("--base-url must be set: give it the address under which senders reach the receivers");
  if (deliveryLog === "volatile" && answerWithin === 0)
    throw new InputError("--answer-within=0s promises what --delivery-log=volatile cannot keep: choose one of them");
  if (replica === "") throw new InputError("--replica must be set: give it the name of the pod");
  if (peers.length > 0 && adminTokenFile === "")
    throw new InputError(
      "--peers needs --admin-token-file: replicas ask one another with a token that all of them have",
    );
}

interface Serving extends Served {
  /** That the controllers may start; where the API is away, that is known later. */
  readonly allowed: Promise<void>;
}

/**
 * What is opened is closed from the bottom of this list upwards; a start that fails midway, from where it came to.
 *
 *     the data directory
 *     the delivery log
 *     the registries' connections, the API's
 *     running       informers, stages A and B
 *     the Leases' connections
 *     controllers   the elections and what is led by them, after a stop by now long over
 *     the admin listener, the webhook listener
 */
async function start(options: Start): Promise<Serving> {
  const { settings, env, version, isDurable, access, directory, instruments, closers, log, onError } = options;
  const [clock, random, userAgent] = [SYSTEM_CLOCK, SYSTEM_RANDOM, `dockbell/${version}`];
  const path = isDurable ? directory.file("deliveries.db") : ":memory:";
  const deliveries = openDatabase({ path, migrations: DELIVERY_MIGRATIONS });
  closers.push(() => deliveries.close());
  const cache = openDirectoryBlobCache({ path: directory.file("blobs"), clock, onError });
  const registries = openRegistries({ settings, cache, clock, random, userAgent, instruments });
  closers.push(() => registries.close());
  const connecting = { env, userAgent, log, observe: instruments.kube, arePluginsApart: true };
  const { client, close } = connectTo(access, connecting);
  closers.push(() => close());
  const [running, controllers] = [beginWork(clock), beginWork(clock)];
  closers.push((withinMs) => running.end(withinMs));
  const allowed = await controllersAllowed(options, client, controllers);
  const components = startComponents({
    ...componentSettings(settings),
    ...{ client, clock, random, log, deliveries, registries: registries.client, running, instruments },
    roles: settings.roles,
    replica: settings.replica,
    secretNamespaces: settings.secretNamespaces,
    leadership: onceAllowed(allowed.promise, await electedOn(options, client, controllers)),
    isDurable,
  });
  options.stopTeller.follow(components.drain);
  const webhooks = await startServeListeners({ ...options, components, running });
  const roles = [...settings.roles].join(", ");
  const receives = components.receiver ? ` Webhooks arrive on ${addressText(settings.listen)}.` : "";
  log(`Dockbell ${version} (${roles}) on ${access.server}.${receives}`);
  void components.ready.then(() => log("ready: everything was listed once"));
  return { allowed: allowed.promise, controllers, webhooks };
}

/** Waits a moment for the answer; the promise is within a value, so that awaiting this does not wait for it. */
async function controllersAllowed(
  { settings, log, stop }: Start,
  client: KubeClient,
  controllers: Work,
): Promise<{ readonly promise: Promise<void> }> {
  const { roles, takeOver } = settings;
  const [clock, random] = [SYSTEM_CLOCK, SYSTEM_RANDOM];
  const hasControllers = roles.has("projectconfig") || roles.has("warehouse");
  const promise = hasControllers
    ? untilControllersMayStart({
        client,
        clock,
        random,
        log,
        takeOver,
        stop: AbortSignal.any([stop, controllers.signal]),
      })
    : Promise.resolve();
  const patience = new AbortController();
  await Promise.race([promise, clock.sleep(ALLOWED_WITHIN_MS, patience.signal)]).finally(() => patience.abort());
  return { promise };
}

/** The identity is kept, so that a process that crashed and is started again need not wait for its own Lease to end. */
async function electedOn(options: Start, client: KubeClient, controllers: Work): Promise<Leadership> {
  const { settings, env, version, access, directory, instruments, closers, log } = options;
  const connecting = { env, userAgent: `dockbell/${version}`, log, observe: instruments.kube, arePluginsApart: true };
  // A renewal must not wait behind thousands of patches until the Lease is lost.
  const leases = connectTo(access, connecting);
  closers.push(() => leases.close());
  closers.push((withinMs) => controllers.end(withinMs));
  const made = () => Buffer.from(SYSTEM_RANDOM.bytes(LEASE_IDENTITY_BYTES)).toString("hex");
  return elected({
    client,
    leaseClient: leases.client,
    clock: SYSTEM_CLOCK,
    random: SYSTEM_RANDOM,
    instruments,
    log,
    namespace: settings.leaseNamespace || access.namespace,
    identity: `${settings.replica}_${await directory.keep("lease-identity", made)}`,
    running: controllers,
    graceMs: CONTROLLERS_GRACE_MS,
  });
}
