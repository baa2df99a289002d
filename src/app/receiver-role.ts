// The receiver role: stages A and B, from the webhook to the refreshed Warehouses.
import { aborted, type Clock, type Random } from "../clock.ts";
import { deliveryLine } from "../deliveries/delivery-line.ts";
import { createDeliveryReader, type DeliveryReader } from "../deliveries/delivery-reader.ts";
import { createDispatcher, type Decided } from "../deliveries/dispatch.ts";
import { Drain } from "../deliveries/drain.ts";
import { createDeliveryLog, type DeliveryLog } from "../deliveries/log.ts";
import { messageOf, StorageError } from "../errors.ts";
import type { Handler } from "../http/message.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Informer } from "../kube/informer.ts";
import type { ReferredSecrets } from "../kube/referred-secrets.ts";
import { createReceiver, type ReceiverOptions } from "../receivers/handle.ts";
import { createRouteMemory } from "../receivers/route-memory.ts";
import { createRoutes, type Route } from "../receivers/routes.ts";
import type { ClusterConfig } from "../resources/cluster-config.ts";
import type { ProjectConfig } from "../resources/project-config.ts";
import { replicaKey } from "../resources/pushes.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import type { Database } from "../sqlite.ts";
import type { Log } from "../telemetry/log.ts";
import { createTally } from "../telemetry/tally.ts";
import type { Troubles } from "../telemetry/troubles.ts";
import { createWarehouseIndex } from "../warehouses/match.ts";
import { createPursuer } from "../warehouses/pursue.ts";
import { createRefresher } from "../warehouses/refresh.ts";
import { createRegistryAliases } from "../warehouses/registry-aliases.ts";
import { RetryPauses } from "../warehouses/retry-pauses.ts";
import { createTokenSource } from "../warehouses/token.ts";
import { toldRefresher } from "../warehouses/told-refresher.ts";
import type { ComponentSettings } from "./component-settings.ts";
import type { Instruments } from "./instruments.ts";

type ReceiverSetting = "answerWithinMs" | "registryAliases" | "systemResourcesNamespace";

export interface ReceiverRoleOptions extends Pick<ComponentSettings, ReceiverSetting> {
  readonly client: KubeClient;
  readonly deliveries: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly troubles: Troubles;
  readonly instruments: Instruments;
  /** Whether `deliveries` outlives this process; without that no webhook is accepted before its Warehouses are patched. */
  readonly isDurable: boolean;
  /** The pod's name; two processes must never share one. */
  readonly replica: string;
  readonly signal: AbortSignal;
  readonly warehouses: Informer<Warehouse>;
  readonly projectConfigs: Informer<ProjectConfig>;
  readonly clusterConfigs: Informer<ClusterConfig>;
  /** Those of the receivers. */
  readonly secrets: ReferredSecrets;
}

export interface ReceiverRole {
  /** The webhook listener's handler. */
  readonly receiver: Handler;
  /** Takes up former work; call once, when the Warehouses are listed. */
  resume(): void;
  /** Resolves after the signal aborted, when the patches in flight are answered and what they led to is on disk. */
  readonly ended: Promise<void>;
  /** Whether webhooks can be received. */
  isUsable(): boolean;
  /** What keeps them from being recorded. */
  storageFault(): StorageError | undefined;
  readonly drain: Drain;
  /** What it took, and what became of that. */
  readonly deliveries: DeliveryReader;
}

export function createReceiverRole(options: ReceiverRoleOptions): ReceiverRole {
  const { deliveries, replica, log, instruments } = options;
  const deliveryLog = createDeliveryLog(deliveries);
  const drain = new Drain(deliveryLog);
  const onError = (error: unknown) => {
    // Those are told of once for all that they keep from the disk.
    if (!(error instanceof StorageError)) log(`receiver: ${messageOf(error)}`);
  };
  const { dispatcher, resume, ended } = createStageB(options, deliveryLog, onError);
  const { receiver, isUsable } = createStageA(options, { log: deliveryLog, dispatcher, drain, onError });
  instruments.deliveries(deliveryLog);
  return {
    receiver: instruments.webhooks(receiver),
    resume,
    ended,
    isUsable,
    storageFault: () => deliveryLog.fault(),
    drain,
    deliveries: createDeliveryReader(deliveries, replica),
  };
}

type Recording = Pick<ReceiverOptions, "log" | "dispatcher" | "drain" | "onError">;

/** What answers a webhook once its delivery is recorded. */
function createStageA(options: ReceiverRoleOptions, recording: Recording) {
  const { deliveries, clock, random, log, signal, answerWithinMs, isDurable } = options;
  const { projectConfigs, clusterConfigs, secrets, systemResourcesNamespace: systemNamespace } = options;
  const memory = createRouteMemory(deliveries);
  const sources = { projectConfigs, clusterConfigs, secrets, systemNamespace, memory };
  const onDuplicate = (receivers: readonly Route[]) => log(duplicateLine(receivers));
  const routes = createRoutes({ ...sources, clock, random, signal, onDuplicate, onError: recording.onError });
  const onUnknownPath = createTally({ clock, log, signal, line: unknownPathsLine });
  const receiver = createReceiver({ ...recording, routes, clock, random, answerWithinMs, isDurable, onUnknownPath });
  return { receiver, isUsable: routes.isUsable };
}

/** What brings recorded deliveries to Warehouses. */
function createStageB(options: ReceiverRoleOptions, deliveryLog: DeliveryLog, onError: (error: unknown) => void) {
  const { client, clock, random, log, signal, instruments, warehouses: informer } = options;
  const replica = replicaKey(options.replica);
  const tokens = createTokenSource({ clock, random, lastToken: deliveryLog.lastToken() });
  const pauses = new RetryPauses({ clock, random, signal });
  informer.onProgress(() => pauses.cutShort(informer.freshAt()));
  const writer = createRefresher({ client, tokens, replica, pauses, clock, signal, get: informer.get });
  const refresher = toldRefresher(writer, options.troubles);
  const pursuer = createPursuer({ informer, refresher, replica, clock, signal });
  const index = createWarehouseIndex(createRegistryAliases(options.registryAliases));
  const onDecided = (decided: Decided) => {
    instruments.onDecided(decided);
    log(deliveryLine(decided));
  };
  const following = { log: deliveryLog, index, informer, pursuer, onDecided };
  const dispatcher = createDispatcher({ ...following, clock, random, signal, onError });
  return {
    dispatcher,
    resume() {
      dispatcher.resume();
      pursuer.takeUp();
    },
    ended: aborted(signal)
      .then(() => refresher.idle())
      .then(() => dispatcher.idle()),
  };
}

function duplicateLine(receivers: readonly Route[]): string {
  const names = receivers.map(({ project, receiver }) => `${project}/${receiver}`).join(" and ");
  return `receivers ${names} have the same path, so none of them is reached by it: give one another Secret`;
}

function unknownPathsLine(count: number): string {
  return `${count} request${count === 1 ? "" : "s"} to paths that no receiver has: is a sender's URL out of date?`;
}
