// Runs facts about the Kubernetes API against every implementation of it. A fact gets a namespace of its own.
import assert, { AssertionError } from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { SYSTEM_CLOCK } from "../../src/app/system.ts";
import { DIFFERENCES } from "./differences.ts";
import {
  type Answer,
  IMPLEMENTATIONS,
  type Implementation,
  type Json,
  respond,
  type SendOptions,
  type Server,
  send,
} from "./kube-apis.ts";
import { finishNamespace, playControllers } from "./played-controllers.ts";

export interface Api {
  /** Its namespace, `/api/v1/namespaces/<name>`, and its collections. */
  readonly namespace: string;
  readonly warehouses: string;
  readonly secrets: string;
  readonly projectConfigs: string;
  readonly leases: string;
  readonly token: string;
  /** `request` is a method and a path: "GET /api/v1/namespaces". */
  send(request: string, options?: SendOptions): Promise<Answer>;
  patch(path: string, patch: unknown, type?: PatchType): Promise<Answer>;
  /** Watches the collection until `until` says that these events are enough. */
  watch(path: string, until: (events: readonly WatchEvent[]) => boolean): Promise<readonly WatchEvent[]>;
  /** Asks until the claim holds; on a bare API server the missing controllers are played meanwhile. */
  eventually(claim: () => Promise<boolean>): Promise<void>;
}

export type PatchType = "merge" | "json" | "strategic-merge";

export interface WatchEvent {
  readonly type: string;
  readonly object: Json;
}

type Fact = (name: string, check: (api: Api) => Promise<void>) => void;

const DEADLINE_MS = 10_000;
const run = `${process.pid}-${Math.floor(SYSTEM_CLOCK.now() / 1000) % 100_000}`;
let namespaces = 0;

/** `define` states facts; each becomes a test for each implementation. */
export function contract(subject: string, define: (fact: Fact) => void): void {
  for (const implementation of IMPLEMENTATIONS) {
    describe(`${subject}: ${implementation.name}`, () => {
      let server: Server;
      const made: string[] = [];
      before(async () => {
        server = await implementation.start();
      });
      after(async () => {
        for (const name of made) await finishNamespace(server, name);
        await server.close();
      });
      define((name, check) => {
        test(name, async () => {
          const namespace = `contract-${run}-${++namespaces}`;
          made.push(namespace);
          await hold(implementation, name, async () => check(await apiOf(server, namespace)));
        });
      });
    });
  }
}

/** A fact that is listed as a difference must not hold on the embedded API. */
async function hold({ isEmbedded }: Implementation, name: string, check: () => Promise<void>): Promise<void> {
  const difference = DIFFERENCES.find(({ fact }) => fact === name);
  if (!difference || !isEmbedded) return check();
  await assert.rejects(check, AssertionError, `no longer a difference, take it off the list: ${difference.reason}`);
}

async function apiOf(server: Server, name: string): Promise<Api> {
  const namespace = `/api/v1/namespaces/${name}`;
  const body = { metadata: { name, labels: { "kargo.akuity.io/project": "true" } } };
  const { status } = await send(server, "POST /api/v1/namespaces", { body });
  assert.equal(status, 201);
  const kargo = `/apis/kargo.akuity.io/v1alpha1/namespaces/${name}`;
  return {
    namespace,
    warehouses: `${kargo}/warehouses`,
    projectConfigs: `${kargo}/projectconfigs`,
    secrets: `${namespace}/secrets`,
    leases: `/apis/coordination.k8s.io/v1/namespaces/${name}/leases`,
    token: server.token,
    send: (request, options) => send(server, request, options),
    patch: (path, body, type = "merge") =>
      send(server, `PATCH ${path}`, { body, headers: { "content-type": `application/${type}-patch+json` } }),
    watch: (path, until) => watch(server, path, until),
    eventually: (claim) => eventually(server, claim),
  };
}

async function watch(
  server: Server,
  path: string,
  until: (events: readonly WatchEvent[]) => boolean,
): Promise<readonly WatchEvent[]> {
  const stop = new AbortController();
  const events: WatchEvent[] = [];
  const deadline = SYSTEM_CLOCK.sleep(DEADLINE_MS, stop.signal).then(() => stop.abort());
  try {
    const { status, body } = await respond(server, `GET ${path}`, { signal: stop.signal });
    assert.equal(status, 200);
    let rest = "";
    for await (const chunk of body instanceof Uint8Array ? [body] : body) {
      const lines = (rest + Buffer.from(chunk).toString()).split("\n");
      rest = lines.pop() ?? "";
      events.push(...lines.map((line) => JSON.parse(line) as WatchEvent));
      if (until(events)) return events;
    }
    if (stop.signal.aborted) assert.fail(`the watch did not show what was waited for: ${JSON.stringify(events)}`);
    return events;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return assert.fail(`the watch did not show what was waited for: ${JSON.stringify(events)}`);
  } finally {
    stop.abort();
    await deadline;
  }
}

async function eventually(server: Server, claim: () => Promise<boolean>): Promise<void> {
  const deadline = SYSTEM_CLOCK.monotonicMs() + DEADLINE_MS;
  while (!(await claim())) {
    if (SYSTEM_CLOCK.monotonicMs() > deadline) assert.fail("it did not become true");
    if (server.needsControllers) await playControllers(server);
    await SYSTEM_CLOCK.sleep(50);
  }
}

/** What a client sees of a refusal. */
export function refusal({ status, body }: Answer): { code: number; reason: unknown; message: unknown } {
  assert.equal(body["code"], status);
  return { code: status, reason: body["reason"], message: body["message"] };
}

export function warehouse(name: string, more: { metadata?: object; spec?: object } = {}) {
  return {
    apiVersion: "kargo.akuity.io/v1alpha1",
    kind: "Warehouse",
    metadata: { name, ...more.metadata },
    spec: { subscriptions: [{ image: { repoURL: "example.com/app" } }], ...more.spec },
  };
}

export function secret(name: string, more: object = {}) {
  return { apiVersion: "v1", kind: "Secret", metadata: { name }, ...more };
}

/** The names of a list's items. */
export function namesOf(list: Json): readonly string[] {
  const { items } = list as { readonly items?: unknown };
  return Array.isArray(items) ? items.map((item: Json) => String(item["metadata"]?.["name"])) : [];
}
