// `dockbell serve`: the components on a cluster's API, from its credentials to the listeners, and their orderly end.
import { resolve } from "node:path";
import { aborted } from "../clock.ts";
import { DELIVERY_MIGRATIONS } from "../deliveries/schema.ts";
import { InputError } from "../errors.ts";
import type { ClusterAccess } from "../kube/access.ts";
import { openDirectoryBlobCache } from "../registries/directory-blob-cache.ts";
import { openDatabase } from "../sqlite.ts";
import { createLog, type Log } from "../telemetry/log.ts";
import { type Closer, closeAfter } from "./closers.ts";
import { connectTo, findClusterAccess } from "./cluster.ts";
import { componentSettings } from "./component-settings.ts";
import { startComponents } from "./components.ts";
import { type DataDirectory, openDataDirectory } from "./data-directory.ts";
import { startFault } from "./data-file-faults.ts";
import { endServing, type Served } from "./end-serving.ts";
import { createInstruments, type Instruments } from "./instruments.ts";
import { refuseOnePort } from "./listen.ts";
import { openRegistries } from "./registries.ts";
import { admitControllers } from "./serve-controllers.ts";
import { startServeListeners } from "./serve-listeners.ts";
import { addressText } from "./setting-values.ts";
import type { Settings } from "./settings.ts";
import { createStopTeller, type StopTeller } from "./stop-teller.ts";
import { createStorageTroubles, internalErrors, type StorageTroubles } from "./storage-troubles.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "./system.ts";
import { beginWork } from "./work.ts";

export interface ServeOptions {
  readonly settings: Settings<"serve">;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly print: (text: string) => void;
  /** Its reason is the name of the signal that the process got. */
  readonly stop: AbortSignal;
}

interface Start extends ServeOptions {
  /** Whether deliveries outlive the process. */
  readonly isDurable: boolean;
  readonly access: ClusterAccess;
  readonly directory: DataDirectory;
  readonly instruments: Instruments;
  readonly closers: Closer[];
  readonly stopTeller: StopTeller;
  readonly storage: StorageTroubles;
  readonly log: Log;
  readonly onError: (error: unknown) => void;
}

/** Beside `shutdownDelay` and `shutdownTimeout`: a pod's grace period has room for it. */
const CLOSE_WITHIN_MS = 4_000;

/** Runs until `stop` aborts; is not ready from then on, ends what it serves, and closes what it opened. */
export async function serve(options: ServeOptions): Promise<void> {
  const { settings, env, version, print, stop } = options;
  refuseUnusable(settings);
  const clock = SYSTEM_CLOCK;
  const log = createLog(clock, print, settings.logFormat);
  const onError = internalErrors(log);
  const { kubeconfig, context } = settings;
  const access = findClusterAccess({ env, kubeconfig: kubeconfig || undefined, context: context || undefined });
  const instruments = createInstruments(clock, version);
  const directory = openDataDirectory(resolve(settings.dataDir));
  const storage = createStorageTroubles(clock, log);
  const closers: Closer[] = [() => directory.release(), storage.end];
  const { shutdownTimeout: endWithinMs } = settings;
  const serveOnMs = settings.roles.has("receiver") ? settings.shutdownDelay : 0;
  const isDurable = settings.deliveryLog === "disk";
  const stopTeller = createStopTeller({ clock, log, stop, serveOnMs, endWithinMs, isDurable });
  const opened = { isDurable, access, directory, instruments, closers, stopTeller, storage, log, onError };
  const run = async () => {
    const { begun, ...served } = await start({ ...options, ...opened });
    try {
      await Promise.race([aborted(stop), begun.then(() => aborted(stop))]);
    } finally {
      await endServing({ ...served, clock, serveOnMs: stop.aborted ? serveOnMs : 0, endWithinMs });
    }
  };
  const explained = () => run().catch((error) => Promise.reject(startFault(directory.path, error)));
  await closeAfter(explained, { closers, clock, withinMs: CLOSE_WITHIN_MS, onError }).finally(stopTeller.ended);
}

function refuseUnusable(settings: Settings<"serve">): void {
  const { baseURL, roles, replica, deliveryLog, answerWithin, peers, adminTokenFile } = settings;
  if (roles.has("projectconfig") && baseURL === "")
    throw new InputError("--base-url must be set: give it the address under which senders reach the receivers");
  if (roles.has("receiver")) refuseOnePort(settings);
  if (deliveryLog === "volatile" && answerWithin === 0)
    throw new InputError("--answer-within=0s promises what --delivery-log=volatile cannot keep: choose one of them");
  if (replica === "") throw new InputError("--replica must be set: give it the name of the pod");
  if (peers.length > 0 && adminTokenFile === "")
    throw new InputError(
      "--peers needs --admin-token-file: replicas ask one another with a token that all of them have",
    );
}

interface Serving extends Served {
  /** Rejects where the controllers must not start, or former work cannot be taken up: both may be known late. */
  readonly begun: Promise<unknown>;
}

/**
 * What is opened is closed from the bottom of this list upwards; a start that fails midway, from where it came to.
 *
 *     the data directory
 *     the delivery log
 *     running       once more: what waited for an answer ends with its connection, and still writes
 *     the registries' connections, the API's
 *     running       informers, stages A and B
 *     controllers   the elections and what is led by them, after a stop by now long over
 *     the admin listener, the webhook listener
 */
async function start(options: Start): Promise<Serving> {
  const { settings, env, version, isDurable, access, directory, instruments, closers, log, onError } = options;
  const [clock, random, userAgent] = [SYSTEM_CLOCK, SYSTEM_RANDOM, `dockbell/${version}`];
  const open = (path: string) =>
    openDatabase({ path, migrations: DELIVERY_MIGRATIONS, observer: options.storage.of(path) });
  const deliveries = isDurable ? directory.use("deliveries.db", open) : open(":memory:");
  closers.push(() => deliveries.close());
  const running = beginWork(clock);
  const endRunning: Closer = (withinMs) => running.end(withinMs);
  closers.push(endRunning);
  const cache = directory.use("blobs", (path) => openDirectoryBlobCache({ path, clock, onError }));
  const registries = openRegistries({ settings, cache, clock, random, userAgent, instruments });
  closers.push(() => registries.close());
  const cluster = connectTo(access, { env, userAgent, log, observe: instruments.kube, takesSignals: true });
  closers.push(() => cluster.close());
  closers.push(endRunning);
  const controllers = beginWork(clock);
  closers.push((withinMs) => controllers.end(withinMs));
  const { allowed, leadership } = await admitControllers({ ...options, cluster, controllers });
  const components = startComponents({
    ...componentSettings(settings),
    secretNamespaces: settings.secretNamespaces,
    roles: settings.roles,
    leadership,
    client: cluster.client,
    deliveries,
    registries: registries.client,
    clock,
    random,
    log,
    replica: settings.replica,
    isDurable,
    running,
    instruments,
  });
  options.stopTeller.follow(components.drain);
  const webhooks = await startServeListeners({ ...options, components, running });
  const roles = [...settings.roles].join(", ");
  const receives = components.receiver ? ` Webhooks arrive on ${addressText(settings.listen)}.` : "";
  log(`Dockbell ${version} (${roles}) on ${access.server}.${receives}`);
  const ready = components.resume().then(() => log("ready: everything was listed once"));
  return { begun: Promise.all([allowed, ready]), controllers, webhooks };
}
