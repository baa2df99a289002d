// `dockbell up`: everything in one process on one machine, from the data directory to the three listeners.
import { resolve } from "node:path";
import { aborted } from "../clock.ts";
import { DELIVERY_MIGRATIONS } from "../deliveries/schema.ts";
import { openDirectoryStore } from "../localregistry/directory-store.ts";
import { createLocalRegistry } from "../localregistry/local-registry.ts";
import { openDirectoryBlobCache } from "../registries/directory-blob-cache.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../resources/project-config.ts";
import { type Certificate, type Listener, startListener } from "../server/listener.ts";
import { openDatabase } from "../sqlite.ts";
import { createLog, type Log } from "../telemetry/log.ts";
import { adminToken, startAdminListener } from "./admin-listener.ts";
import { type Closer, closeAfter } from "./closers.ts";
import { componentSettings } from "./component-settings.ts";
import { type Components, startComponents } from "./components.ts";
import { type DataDirectory, keptPort, keptPortFault, openDataDirectory } from "./data-directory.ts";
import { startFault } from "./data-file-faults.ts";
import { type Embedded, startEmbedded } from "./embedded.ts";
import { createExample, EXAMPLE_CHART, EXAMPLE_NAMESPACE, EXAMPLE_RECEIVER, fillRegistry } from "./example.ts";
import { createInstruments, type Instruments } from "./instruments.ts";
import { unopposed } from "./leadership.ts";
import { listenForWebhooks, refuseOnePort } from "./listen.ts";
import { openRegistries } from "./registries.ts";
import { readCertificate } from "./serving-certificate.ts";
import { addressText, ROLES } from "./setting-values.ts";
import type { Settings } from "./settings.ts";
import { createStopTeller, type StopTeller } from "./stop-teller.ts";
import { createStorageTroubles, internalErrors, type StorageTroubles } from "./storage-troubles.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "./system.ts";
import { welcome } from "./welcome.ts";
import { beginWork } from "./work.ts";

export interface UpOptions {
  readonly settings: Settings<"up">;
  readonly isExample: boolean;
  /** What the user types to send to this Dockbell. */
  readonly sendCommand: string;
  readonly version: string;
  readonly print: (text: string) => void;
  /** Its reason is the name of the signal that the process got. */
  readonly stop: AbortSignal;
}

interface Start extends UpOptions {
  readonly directory: DataDirectory;
  /** Of the webhook listener. */
  readonly tls: Certificate | undefined;
  /** What is opened is closed by these, the last one first. */
  readonly closers: Closer[];
  readonly stopTeller: StopTeller;
  readonly storage: StorageTroubles;
  readonly onError: (error: unknown) => void;
}

const SHUTDOWN_TIMEOUT_MS = 5_000;
const REPLICA = "up";
const REGISTRY_PORT_FILE = "registry-port";

/** Runs until `stop` aborts, then closes everything and resolves. */
export async function up(options: UpOptions): Promise<void> {
  refuseOnePort(options.settings);
  const tls = readCertificate(options.settings);
  const directory = openDataDirectory(resolve(options.settings.dataDir));
  const log = createLog(SYSTEM_CLOCK, options.print);
  const onError = internalErrors(log);
  const storage = createStorageTroubles(SYSTEM_CLOCK, log);
  const closers: Closer[] = [() => directory.release(), storage.end];
  const { stop } = options;
  const bounds = { serveOnMs: 0, endWithinMs: SHUTDOWN_TIMEOUT_MS };
  const stopTeller = createStopTeller({ clock: SYSTEM_CLOCK, log, stop, ...bounds, isDurable: true });
  const run = async () => {
    await start({ ...options, directory, tls, closers, stopTeller, storage, onError }, log).catch((error) => {
      throw startFault(directory.path, error);
    });
    await aborted(stop);
  };
  const closing = { closers, clock: SYSTEM_CLOCK, withinMs: SHUTDOWN_TIMEOUT_MS, onError };
  await closeAfter(run, closing).finally(stopTeller.ended);
}

async function start(options: Start, log: Log): Promise<void> {
  const { settings, directory, tls, closers, storage, onError } = options;
  const [clock, random, userAgent] = [SYSTEM_CLOCK, SYSTEM_RANDOM, `dockbell/${options.version}`];
  const closeLater = (listener: Listener) => closers.push((withinMs) => listener.close(withinMs));

  const deliveries = directory.use("deliveries.db", (path) =>
    openDatabase({ path, migrations: DELIVERY_MIGRATIONS, observer: storage.of(path) }),
  );
  closers.push(() => deliveries.close());
  const cache = directory.use("blobs", (path) => openDirectoryBlobCache({ path, clock, onError }));
  const instruments = createInstruments(clock, options.version);
  const registries = openRegistries({ settings, cache, clock, random, userAgent, instruments });
  closers.push(() => registries.close());
  const { kube: observe } = instruments;
  const embedded = await startEmbedded({ directory, clock, random, userAgent, observe, storage, onError });
  closers.push((withinMs) => embedded.close(withinMs));
  // Before the stores and the API under it are closed, all work has ended.
  const running = beginWork(clock);
  closers.push((withinMs) => running.end(withinMs));

  if (options.isExample) closeLater(await startExample(options, embedded));

  const components = startComponents({
    ...componentSettings(settings),
    secretNamespaces: [],
    roles: new Set(ROLES),
    leadership: unopposed({ client: embedded.client, running }),
    ...{ clock, random, log, deliveries, registries: registries.client, running, instruments, isDurable: true },
    client: embedded.client,
    replica: REPLICA,
  });
  options.stopTeller.follow(components.drain);
  const { receiver } = components;
  const webhooks = receiver && ({ handler: receiver, address: settings.listen, setting: "listen", tls } as const);
  if (webhooks) closeLater(await listenForWebhooks({ ...webhooks, files: settings, log, running, onError }));
  closeLater(await startAdmin(options, components, instruments));
  await Promise.race([components.resume(), aborted(options.stop)]);
  if (!options.stop.aborted) await announce(options, embedded);
}

async function startExample({ directory, onError }: Start, { client }: Embedded): Promise<Listener> {
  const port = await keptPort(directory, REGISTRY_PORT_FILE);
  const { handler } = createLocalRegistry({
    store: directory.use("registry", openDirectoryStore),
    random: SYSTEM_RANDOM,
  });
  const at = { host: "127.0.0.1", port, clock: SYSTEM_CLOCK };
  const listener = await startListener({ handler, ...at, onError }).catch((error) => {
    throw keptPortFault(error, { what: "the example's registry", file: directory.file(REGISTRY_PORT_FILE) });
  });
  const fill = async () => {
    const createdAt = new Date(SYSTEM_CLOCK.now()).toISOString();
    await fillRegistry(
      (request) => handler({ ...request, url: new URL(request.url).pathname + new URL(request.url).search }),
      `http://127.0.0.1:${port}`,
      createdAt,
    );
    return `${createdAt} ${EXAMPLE_CHART}`;
  };
  await directory.keep("registry-filled", fill, (kept) => !kept.includes(EXAMPLE_CHART));
  await createExample(client, SYSTEM_RANDOM, `127.0.0.1:${port}`);
  return listener;
}

async function announce(
  { settings, isExample, sendCommand, version, print, stop }: UpOptions,
  embedded: Embedded,
): Promise<void> {
  const exampleURL = isExample ? await exampleReceiverURL(embedded, stop) : undefined;
  const { kubeconfigPath } = embedded;
  print(welcome({ version, kubeconfigPath, listen: addressText(settings.listen), sendCommand, exampleURL }));
}

/** The ProjectConfig controller publishes it a moment after the start. */
async function exampleReceiverURL({ client }: Embedded, stop: AbortSignal): Promise<string> {
  const key = { namespace: EXAMPLE_NAMESPACE, name: EXAMPLE_NAMESPACE };
  for (let attempt = 0; attempt < 100 && !stop.aborted; attempt++) {
    const config = await client.get<ProjectConfig>(PROJECT_CONFIGS, key);
    const url = config?.status?.webhookReceivers?.find(({ name }) => name === EXAMPLE_RECEIVER)?.url;
    if (url) return url;
    await SYSTEM_CLOCK.sleep(20, stop);
  }
  return "(not published yet: see its ProjectConfig)";
}

async function startAdmin(
  { settings, directory, onError }: Start,
  components: Components,
  { text: metrics }: Instruments,
): Promise<Listener> {
  const token = await adminToken(directory, SYSTEM_RANDOM);
  const alone = { identity: { replica: REPLICA, instance: REPLICA, addresses: [] }, peers: undefined };
  const listening = { address: settings.adminListen, directory, onError };
  return startAdminListener({ ...components, ...alone, ...listening, metrics, token });
}
