// What `up` and `serve` run to receive, in this process: a real delivery log, a real Kubernetes API, virtual time. The test
// plays the controllers: it publishes receivers and answers refreshes.
import type { TestContext } from "node:test";
import { startComponents } from "../../src/app/components.ts";
import { createInstruments } from "../../src/app/instruments.ts";
import { beginWork } from "../../src/app/work.ts";
import type { Drain } from "../../src/deliveries/drain.ts";
import { DELIVERY_MIGRATIONS } from "../../src/deliveries/schema.ts";
import { KubeError } from "../../src/errors.ts";
import { type Handler, readBody } from "../../src/http/message.ts";
import { CLUSTER_CONFIGS } from "../../src/resources/cluster-config.ts";
import { NAMESPACES, SECRETS } from "../../src/resources/core.ts";
import { PROJECT_LABEL, REFRESH_ANNOTATION } from "../../src/resources/kargo.ts";
import type { ObjectMeta } from "../../src/resources/kube-object.ts";
import { PROJECT_CONFIGS } from "../../src/resources/project-config.ts";
import {
  formatAnswer,
  PUSHES_DISCOVERED,
  type PushesAnswer,
  pushName,
  readPushes,
} from "../../src/resources/pushes.ts";
import { apiVersionOf, type Resource } from "../../src/resources/resource.ts";
import { WAREHOUSES, type Warehouse } from "../../src/resources/warehouse.ts";
import { type Database, openDatabase } from "../../src/sqlite.ts";
import { startKube, type TestKube } from "./kube.ts";
import { createTestOciClient } from "./oci-clients.ts";
import { settle } from "./settle.ts";
import { createTestClock, createTestRandom, type TestClock } from "./test-clock.ts";

export const PROJECT = "demo";
export const REPLICA = "test";
export const PATH = "/dockerhub/0123abcd";
const SYSTEM = "system";
/** That of the controllers is for a copy of all Secrets. */
const ROLES = ["receiver", "warehouse"] as const;
const nobodyLeads = () => undefined;

/** After so long the embedded API has sent a bookmark. */
export const BOOKMARK_MS = 10_001;

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface Receiving {
  readonly clock: TestClock;
  readonly kube: TestKube;
  readonly database: Database;
  readonly lines: readonly string[];
  readonly receiver: Handler;
  readonly drain: Drain;
  post(body: string, path?: string): Promise<Answer>;
  push(repository: string, tag: string, path?: string): Promise<Answer>;
  /** Ends the role as a crash does and starts another on the same log. */
  restart(options?: Partial<RoleOptions>): Promise<void>;
  crash(): void;
  /** Ends the role cleanly: resolves when what it was writing is written. */
  stop(): Promise<void>;
  dispose(): void;
}

interface RoleOptions {
  readonly answerWithinMs: number;
  readonly isDurable: boolean;
  readonly registryAliases: readonly string[];
}

/** With the receiver `r` of `demo` published at `PATH`, and listed. */
export async function startReceiving(given: Partial<RoleOptions> = {}): Promise<Receiving> {
  const options: RoleOptions = { answerWithinMs: 2_000, isDurable: true, registryAliases: [], ...given };
  const clock = createTestClock();
  const random = createTestRandom();
  const everything = new AbortController();
  const kube = await startKube({ clock, random, signal: everything.signal });
  const database = openDatabase({ path: ":memory:", migrations: DELIVERY_MIGRATIONS });
  const registries = createTestOciClient();
  const lines: string[] = [];
  await publishReceiver(kube, PROJECT, PATH);

  const start = async (changes: Partial<RoleOptions> = {}) => {
    const work = beginWork(clock);
    const { receiver, drain, resume } = startComponents({
      ...options,
      ...changes,
      roles: new Set(ROLES),
      leadership: nobodyLeads,
      client: kube.client,
      deliveries: database,
      registries,
      sharedResourcesNamespace: "",
      secretNamespaces: [],
      systemResourcesNamespace: SYSTEM,
      clock,
      random,
      log: (line) => void lines.push(line),
      baseURL: "http://localhost",
      minIntervalMs: 0,
      replica: REPLICA,
      running: work,
      instruments: createInstruments(clock, "test"),
    });
    void resume();
    await settle(30);
    if (!receiver || !drain) throw new Error("it receives nothing");
    return { receiver, drain, work };
  };
  let running = await start();
  const crash = () => void running.work.end(0);

  const post = async (body: string, path = PATH): Promise<Answer> => {
    const bytes = Buffer.from(body);
    const request = { method: "POST", url: path, headers: { "content-length": String(bytes.length) }, body: bytes };
    const { status, headers, body: answer } = await running.receiver(request);
    // What comes after a moment is told from what came in it.
    await clock.advance(1);
    return { status, headers, text: Buffer.from(await readBody(answer, 10_000)).toString() };
  };

  return {
    clock,
    kube,
    database,
    lines,
    get receiver() {
      return running.receiver;
    },
    get drain() {
      return running.drain;
    },
    post,
    push: (repository, tag, path) => post(payload(repository, tag), path),
    async restart(changes) {
      crash();
      await settle();
      running = await start(changes);
    },
    crash,
    stop: () => running.work.end(Number.POSITIVE_INFINITY),
    dispose() {
      crash();
      registries.close();
      everything.abort();
    },
  };
}

/** The same for one test: it ends with it. */
export async function receivingFor(t: TestContext, given: Partial<RoleOptions> = {}): Promise<Receiving> {
  const started = await startReceiving(given);
  t.after(() => started.dispose());
  return started;
}

export function payload(repository: string, tag: string): string {
  return JSON.stringify({ push_data: { tag }, repository: { repo_name: repository } });
}

/** What the ProjectConfig's controller does; the path says which sender it is for. */
export async function publishReceiver({ admin }: TestKube, project: string, path: string): Promise<void> {
  const metadata = { name: project, namespace: project };
  await createIfMissing(admin, NAMESPACES, { metadata: { name: project, labels: { [PROJECT_LABEL]: "true" } } });
  await createSecret(admin, project);
  const sender = path.split("/").at(-2) ?? "";
  const webhookReceivers = [{ name: "r", [sender]: { secretRef: { name: "s" } } }];
  await createIfMissing(admin, PROJECT_CONFIGS, { metadata, spec: { webhookReceivers } });
  const status = { webhookReceivers: [{ name: "r", path, url: `http://localhost${path}` }] };
  await admin.mergePatch(PROJECT_CONFIGS, metadata, { status }, { subresource: "status" });
}

export async function publishClusterReceiver({ admin }: TestKube, path: string): Promise<void> {
  await createIfMissing(admin, NAMESPACES, { metadata: { name: SYSTEM } });
  await createSecret(admin, SYSTEM);
  const webhookReceivers = [{ name: "c", dockerhub: { secretRef: { name: "s" } } }];
  await createIfMissing(admin, CLUSTER_CONFIGS, { metadata: { name: "cluster" }, spec: { webhookReceivers } });
  const status = { webhookReceivers: [{ name: "c", path, url: `http://localhost${path}` }] };
  await admin.mergePatch(CLUSTER_CONFIGS, { name: "cluster" }, { status }, { subresource: "status" });
}

async function createSecret(admin: TestKube["admin"], namespace: string): Promise<void> {
  const data = { secret: Buffer.from(`secret of ${namespace}`).toString("base64") };
  await createIfMissing(admin, SECRETS, { metadata: { name: "s", namespace }, data });
}

export async function createWarehouse(
  { admin }: TestKube,
  name: string,
  subscription: Readonly<Record<string, unknown>>,
  namespace = PROJECT,
): Promise<void> {
  await createIfMissing(admin, NAMESPACES, { metadata: { name: namespace, labels: { [PROJECT_LABEL]: "true" } } });
  const spec = { interval: "5m0s", subscriptions: [subscription] };
  await createIfMissing(admin, WAREHOUSES, { metadata: { name, namespace }, spec });
  await settle();
}

export function image(repoURL: string, more: object = {}): Readonly<Record<string, unknown>> {
  return { image: { repoURL, ...more } };
}

export async function getWarehouse({ admin }: TestKube, name: string, namespace = PROJECT): Promise<Warehouse> {
  const warehouse = await admin.get<Warehouse>(WAREHOUSES, { namespace, name });
  if (!warehouse) throw new Error(`there is no Warehouse ${namespace}/${name}`);
  return warehouse;
}

/** The names in our list on the Warehouse, oldest first. */
export function pushesOf(warehouse: Warehouse): readonly string[] {
  return (readPushes(warehouse).get(REPLICA) ?? []).map(pushName);
}

/** An API that refuses every request. */
export function refused(status: number, retryAfterMs?: number): () => Promise<never> {
  return () => Promise.reject(new KubeError("no", { status, reason: "", retryAfterMs }));
}

export function refreshToken({ metadata }: Warehouse): string | undefined {
  return metadata.annotations?.[REFRESH_ANNOTATION];
}

/** What our Warehouse controller does at the end of a pass: one status patch that answers every list it read. */
export async function answerRefresh(
  kube: TestKube,
  name: string,
  said: Partial<Omit<PushesAnswer, "read">> & { readonly artifacts?: object } = {},
): Promise<void> {
  const { artifacts, ...named } = said;
  const warehouse = await getWarehouse(kube, name);
  const read = new Map([...readPushes(warehouse)].map(([replica, entries]) => [replica, entries.at(-1)?.token ?? ""]));
  const answer = { read, failed: [], unusable: [], notVisible: [], notWanted: [], unchanged: [], ...named };
  const isFailed = answer.failed.length + answer.unusable.length > 0;
  const condition = {
    type: PUSHES_DISCOVERED,
    status: isFailed || answer.notVisible.length > 0 ? "False" : "True",
    reason: isFailed ? "DiscoveryFailed" : answer.notVisible.length > 0 ? "NotVisible" : "Discovered",
    message: formatAnswer(answer),
    lastTransitionTime: "2026-01-02T03:04:05Z",
  };
  const status = {
    conditions: [condition],
    ...(!isFailed && { lastHandledRefresh: refreshToken(warehouse) }),
    ...(artifacts && { discoveredArtifacts: artifacts }),
  };
  await kube.admin.mergePatch(WAREHOUSES, { namespace: PROJECT, name }, { status }, { subresource: "status" });
  await settle();
}

/** What Kargo's controller does: it tells nothing but the token. */
export async function handleRefresh(kube: TestKube, name: string, token?: string): Promise<void> {
  const lastHandledRefresh = token ?? refreshToken(await getWarehouse(kube, name));
  const status = { lastHandledRefresh };
  await kube.admin.mergePatch(WAREHOUSES, { namespace: PROJECT, name }, { status }, { subresource: "status" });
  await settle();
}

/** `state reason` of every target in the log, in order of arrival. */
export function targetStates({ database }: Pick<Receiving, "database">): readonly string[] {
  return database.read((db) =>
    db
      .prepare(
        "SELECT state, target.reason FROM target JOIN delivery ON delivery.id = delivery ORDER BY sequence, name",
      )
      .all()
      .map((row) => `${row["state"]} ${row["reason"]}`.trim()),
  );
}

/** `verdict reason` of every delivery in the log, in order of arrival. */
export function verdicts({ database }: Pick<Receiving, "database">): readonly string[] {
  return database.read((db) =>
    db
      .prepare("SELECT verdict, reason FROM delivery ORDER BY sequence")
      .all()
      .map((row) => `${row["verdict"]} ${row["reason"]}`.trim()),
  );
}

async function createIfMissing(
  admin: TestKube["admin"],
  resource: Resource,
  object: { readonly metadata: ObjectMeta } & Readonly<Record<string, unknown>>,
): Promise<void> {
  if (await admin.get(resource, object.metadata)) return;
  await admin.create(resource, { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object });
}
