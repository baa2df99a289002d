// One Warehouse under the reconciler, on the embedded API and a registry in this process, with a clock that stands
// still: a test pushes, refreshes as the receiver would, and runs passes by hand.

import { SYSTEM_RANDOM } from "../../src/app/system.ts";
import type { HttpRequest, HttpResponse } from "../../src/http/message.ts";
import { inProcessTransport } from "../../src/http/transport.ts";
import { createKubeClient, type KubeClient } from "../../src/kube/client.ts";
import { openLocalKube } from "../../src/localkube/local-kube.ts";
import { KUBE_MIGRATIONS } from "../../src/localkube/store-schema.ts";
import { NAMESPACES } from "../../src/resources/core.ts";
import { REFRESH_ANNOTATION } from "../../src/resources/kargo.ts";
import { type PushEntry, pushEntry, pushesAnnotation } from "../../src/resources/pushes.ts";
import { apiVersionOf } from "../../src/resources/resource.ts";
import { WAREHOUSES, type Warehouse } from "../../src/resources/warehouse.ts";
import { openDatabase } from "../../src/sqlite.ts";
import { createTroubles } from "../../src/telemetry/troubles.ts";
import { createWarehouseDiscovery } from "../../src/warehouses/discover.ts";
import { createEventRecorder } from "../../src/warehouses/freight-event.ts";
import { createWarehouseReconciler, type ReconcileResult } from "../../src/warehouses/reconcile.ts";
import { createImageRegistry, HOST, type ImageRegistry } from "./image-registry.ts";
import { unexpected } from "./kube.ts";
import { createTestClock, type TestClock } from "./test-clock.ts";

export const KEY = "project/app";
const NAME = { namespace: "project", name: "app" };
const REPLICA = "r";

export interface WarehouseDesk {
  readonly clock: TestClock;
  readonly registry: ImageRegistry;
  /** Of the test itself. */
  readonly admin: KubeClient;
  readonly log: string[];
  /** An answer in the API's place to the reconciler; undefined lets a request through. */
  apiInstead: (request: HttpRequest) => HttpResponse | undefined | Promise<undefined>;
  apply(spec: object): Promise<void>;
  /** What the receiver writes: a token, and the list of pushes (`app:1.0.0`, `app:`) it is for, added to those before. */
  refreshFor(token: string, ...pushes: readonly string[]): Promise<void>;
  /** A refresh by hand, which stands in no list. */
  refreshByHand(token: string): Promise<void>;
  warehouse(): Promise<Warehouse>;
  /** Lets the reconciler see the Warehouse as it is now; `isRelisted` as after a new list. */
  look(isRelisted?: boolean): Promise<void>;
  /** A controller that remembers nothing takes over. */
  restart(): void;
  /** Sees the Warehouse and runs it; rejects when the pass fails. */
  pass(): Promise<ReconcileResult>;
  /** Runs it on what was seen and written before, as when the watch lags behind. */
  passUnseen(): Promise<ReconcileResult>;
  /** Ends the API and the pass under way. */
  dispose(): void;
  readonly stop: AbortController;
}

export async function openWarehouseDesk(options: { minIntervalMs?: number } = {}): Promise<WarehouseDesk> {
  const clock = createTestClock();
  const registry = createImageRegistry();
  const stop = new AbortController();
  const { database, direct } = await openApi(clock, stop.signal);
  const settings = { server: "https://kube.test", token: () => "test", userAgent: "test" };
  const admin = createKubeClient({ ...settings, transport: direct });
  const client = createKubeClient({
    ...settings,
    transport: async (request) => (await desk.apiInstead(request)) ?? direct(request),
  });
  const log: string[] = [];
  const tell = (line: string) => void log.push(line);
  const troubles = createTroubles({ clock, log: tell, signal: stop.signal, meanwhile: () => "asking again" });
  let seen: Warehouse | undefined;
  let isFirstLook = true;
  const start = () =>
    createWarehouseReconciler({
      client,
      discover: createWarehouseDiscovery({ client: registry.client, credentialFor: () => undefined }),
      schedule: { clock, minIntervalMs: options.minIntervalMs ?? 0 },
      get: () => seen,
      log: tell,
      recordEvent: createEventRecorder({ client, clock, log: tell, troubles, signal: stop.signal }),
    });
  let reconciler = start();
  await admin.create(NAMESPACES, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: NAME.namespace, labels: { "kargo.akuity.io/project": "true" } },
  });

  const desk: WarehouseDesk = {
    clock,
    registry,
    admin,
    log,
    stop,
    apiInstead: () => undefined,
    ...usersOf(admin),
    async look(isRelisted = false) {
      seen = await admin.get<Warehouse>(WAREHOUSES, NAME);
      reconciler.observe(KEY, seen, isRelisted || isFirstLook);
      isFirstLook = false;
    },
    restart() {
      reconciler = start();
      isFirstLook = true;
    },
    async pass() {
      await desk.look();
      return desk.passUnseen();
    },
    passUnseen: () => reconciler.reconcile(KEY, stop.signal),
    dispose() {
      stop.abort();
      database.close();
      registry.dispose();
    },
  };
  return desk;
}

async function openApi(clock: TestClock, signal: AbortSignal) {
  const database = openDatabase({ path: ":memory:", migrations: KUBE_MIGRATIONS });
  const { handler } = await openLocalKube({
    database,
    clock,
    random: SYSTEM_RANDOM,
    token: "test",
    signal,
    onError: unexpected,
  });
  return { database, direct: inProcessTransport(handler) };
}

/** What users and the receiver do to the Warehouse. */
function usersOf(admin: KubeClient): Pick<WarehouseDesk, "apply" | "refreshFor" | "refreshByHand" | "warehouse"> {
  let entries: readonly PushEntry[] = [];
  const annotate = (annotations: object) => admin.mergePatch(WAREHOUSES, NAME, { metadata: { annotations } });
  return {
    async apply(spec) {
      const object = {
        apiVersion: apiVersionOf(WAREHOUSES),
        kind: "Warehouse",
        metadata: NAME,
        spec,
      } as unknown as Warehouse;
      const exists = await admin.get(WAREHOUSES, NAME);
      await (exists ? admin.mergePatch(WAREHOUSES, NAME, { spec }) : admin.create(WAREHOUSES, object));
    },
    async refreshFor(token, ...pushes) {
      const added = pushes.map((push) => {
        const colon = push.lastIndexOf(":");
        return pushEntry({ repoURL: `${HOST}/${push.slice(0, colon)}`, tag: push.slice(colon + 1) }, token);
      });
      entries = [...entries, ...added];
      await annotate({ [REFRESH_ANNOTATION]: token, [pushesAnnotation(REPLICA)]: JSON.stringify(entries) });
    },
    async refreshByHand(token) {
      await annotate({ [REFRESH_ANNOTATION]: token });
    },
    async warehouse() {
      const warehouse = await admin.get<Warehouse>(WAREHOUSES, NAME);
      if (!warehouse) throw new Error("there is no Warehouse");
      return warehouse;
    },
  };
}
