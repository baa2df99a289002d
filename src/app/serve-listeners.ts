// The listeners of `dockbell serve`: the admin one first, so that readiness is told before webhooks arrive.
import { hostname, networkInterfaces } from "node:os";
import type { Listener } from "../server/listener.ts";
import type { Log } from "../telemetry/log.ts";
import { adminToken, startAdminListener } from "./admin-listener.ts";
import type { Closer } from "./closers.ts";
import type { Components } from "./components.ts";
import type { DataDirectory } from "./data-directory.ts";
import type { Instruments } from "./instruments.ts";
import { listenForWebhooks } from "./listen.ts";
import { readCertificate } from "./serving-certificate.ts";
import { hostText } from "./setting-values.ts";
import type { Settings } from "./settings.ts";
import { SYSTEM_RANDOM } from "./system.ts";
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

export async function startServeListeners(options: ServeListenOptions): Promise<void> {
  const { settings, components, instruments, directory, closers, running, log, onError, stop } = options;
  const { receiver, checks, recentDeliveries, drain } = components;
  const closeLater = (listener: Listener) => closers.push((withinMs) => listener.close(withinMs));
  const tls = readCertificate(settings);
  const admin = {
    address: settings.adminListen,
    hosts: [...ownNames(), ...settings.adminHosts],
    token: await adminToken(directory, SYSTEM_RANDOM, settings.adminTokenFile),
    checks: () => [{ name: "not shutting down", isOk: !stop.aborted, isRequired: true }, ...checks()],
    metrics: instruments.text,
    recentDeliveries,
    drain,
  };
  closeLater(await startAdminListener({ ...admin, directory, onError }));
  if (!receiver) return;
  const webhooks = { handler: receiver, address: settings.listen, setting: "listen", tls } as const;
  closeLater(await listenForWebhooks({ ...webhooks, files: settings, log, running, onError }));
}

/** What this machine is called by itself and by its peers. */
function ownNames(): readonly string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));
  return [...addresses.map(hostText), hostname()];
}
