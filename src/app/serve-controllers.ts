// Who runs the controllers of `dockbell serve`, and from when on: once the CRDs are known to be ours, whoever holds the
// Lease of their role.
import type { ClusterAccess } from "../kube/access.ts";
import type { Log } from "../telemetry/log.ts";
import type { ClusterClients } from "./cluster.ts";
import type { DataDirectory } from "./data-directory.ts";
import type { Instruments } from "./instruments.ts";
import { elected, type Leadership } from "./leadership.ts";
import type { Settings } from "./settings.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "./system.ts";
import { onceAllowed, untilControllersMayStart } from "./take-over.ts";
import type { Work } from "./work.ts";

interface ControllersOptions {
  readonly settings: Settings<"serve">;
  readonly access: ClusterAccess;
  readonly cluster: ClusterClients;
  readonly directory: DataDirectory;
  readonly instruments: Instruments;
  /** The elections, and what is led by them. */
  readonly controllers: Work;
  readonly log: Log;
  readonly stop: AbortSignal;
}

interface Admitted {
  /** Rejects with an `InputError` when they must not start. */
  readonly allowed: Promise<void>;
  readonly leadership: Leadership;
}

const LEASE_IDENTITY_BYTES = 8;
/** A refusal within this time comes before anything is begun. */
const ALLOWED_WITHIN_MS = 2_000;
/** Shorter than the Lease lasts, so that it can still be given back. */
const CONTROLLERS_GRACE_MS = 5_000;

/** Waits a moment for whether they may start; where the API is away, `allowed` says it later. */
export async function admitControllers(options: ControllersOptions): Promise<Admitted> {
  const { roles, takeOver } = options.settings;
  if (!roles.has("projectconfig") && !roles.has("warehouse")) {
    if (takeOver) options.log("--take-over does nothing: the role receiver runs no controllers");
    return { allowed: Promise.resolve(), leadership: () => {} };
  }
  const allowed = untilAllowed(options);
  const patience = new AbortController();
  await Promise.race([allowed, SYSTEM_CLOCK.sleep(ALLOWED_WITHIN_MS, patience.signal)]).finally(() => patience.abort());
  return { allowed, leadership: onceAllowed(allowed, await electedOn(options)) };
}

function untilAllowed({ settings, cluster, controllers, log, stop }: ControllersOptions): Promise<void> {
  const [clock, random] = [SYSTEM_CLOCK, SYSTEM_RANDOM];
  const asking = {
    client: cluster.client,
    takeOver: settings.takeOver,
    stop: AbortSignal.any([stop, controllers.signal]),
  };
  return untilControllersMayStart({ ...asking, clock, random, log });
}

/** The identity is kept, so that a process that crashed and is started again need not wait for its own Lease to end. */
async function electedOn(options: ControllersOptions): Promise<Leadership> {
  const { settings, access, cluster, directory, instruments, controllers, log } = options;
  const made = () => Buffer.from(SYSTEM_RANDOM.bytes(LEASE_IDENTITY_BYTES)).toString("hex");
  return elected({
    client: cluster.client,
    // A renewal must not wait behind thousands of patches until the Lease is lost.
    leaseClient: cluster.clientApart(),
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
