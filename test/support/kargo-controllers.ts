// Kargo's controllers, played on an API server as docs/compatibility.md describes them: what they write, when, and what
// they do not. Nothing of Dockbell decides here what they do.
import { createHash } from "node:crypto";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/app/system.ts";
import { toKubeTime } from "../../src/clock.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import { createInformer } from "../../src/kube/informer.ts";
import { createKeyedQueue } from "../../src/queue.ts";
import { SECRETS, type Secret } from "../../src/resources/core.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../../src/resources/project-config.ts";
import { WAREHOUSES, type Warehouse } from "../../src/resources/warehouse.ts";

const REFRESH = "kargo.akuity.io/refresh";

/**
 * One pass of the ProjectConfig controller (section 2.2): the URLs of all receivers whose Secrets are there. It runs when
 * the spec changes or a refresh is asked for, and else every five minutes: a changed Secret brings none about.
 */
export async function passProjectConfig(client: KubeClient, project: string, baseURL: string): Promise<void> {
  const key = { namespace: project, name: project };
  const config = await client.get<ProjectConfig>(PROJECT_CONFIGS, key);
  const webhookReceivers = [];
  for (const { name, ...types } of config?.spec?.webhookReceivers ?? []) {
    const [type = "", { secretRef }] = Object.entries(types)[0] as [string, { secretRef: { name: string } }];
    const secret = await client.get<Secret>(SECRETS, { namespace: project, name: secretRef.name });
    if (secret?.data?.["secret"] === undefined) continue;
    const value = Buffer.from(secret.data["secret"], "base64");
    const hash = createHash("sha256").update(project).update(name).update(value).digest("hex");
    const path = `${new URL(baseURL).pathname}/${type}/${hash}`.replace("//", "/");
    webhookReceivers.push({ name, path, url: new URL(path, baseURL).href });
  }
  const observedGeneration = config?.metadata.generation ?? 0;
  const message = "ProjectConfig is synced and ready for use";
  const conditions = [condition("Ready", "True", "Synced", { message, observedGeneration })];
  const status = (of: object) => client.mergePatch(PROJECT_CONFIGS, key, { status: of }, { subresource: "status" });
  await status({ conditions, webhookReceivers: webhookReceivers.length > 0 ? webhookReceivers : null });
  await status({ observedGeneration });
}

export interface PlayedWarehouses {
  /** Passes begun from now on stand still in their discovery, until what is returned is called. */
  hold(): () => void;
  /** Discovery of the next pass fails. */
  failNext(): void;
  /** How often artifacts were discovered. */
  discoveries(): number;
}

/** The Warehouse controller (sections 6 and 7): one pass at a time for each, the token first, the status last. */
export function playWarehouses(client: KubeClient, signal: AbortSignal): PlayedWarehouses {
  const [clock, random] = [SYSTEM_CLOCK, SYSTEM_RANDOM];
  const informer = createInformer<Warehouse>({ client, resource: WAREHOUSES, clock, random, log: () => {} });
  let passage = Promise.resolve();
  let isFailing = false;
  let discoveries = 0;

  const pass = async (key: string) => {
    const warehouse = informer.get(key);
    if (!warehouse) return "done" as const;
    const token = warehouse.metadata.annotations?.[REFRESH] ?? warehouse.status?.lastHandledRefresh;
    const write = (status: object) =>
      client.mergePatch(WAREHOUSES, warehouse.metadata, { status }, { subresource: "status" });
    if (!mustDiscover(warehouse, token)) {
      await write(settled(warehouse, token));
      return "done" as const;
    }
    await write({ conditions: [condition("Ready", "False", "DiscoveryInProgress")] });
    await passage;
    discoveries += 1;
    if (isFailing) {
      isFailing = false;
      await write({ conditions: [condition("Ready", "False", "DiscoveryFailure")], lastHandledRefresh: token });
      throw new Error("discovery failed");
    }
    await write({ ...settled(warehouse, token), discoveredArtifacts: { discoveredAt: toKubeTime(clock.now()) } });
    return "done" as const;
  };
  const queue = createKeyedQueue({
    clock,
    random,
    concurrency: 4,
    concurrencyPerNamespace: 4,
    work: pass,
    backoff: { baseMs: 5, capMs: 1_000_000 },
    onError: () => {},
  });
  informer.subscribe(({ key, current, previous }) => {
    const asked = current?.metadata.annotations?.[REFRESH];
    const isAsked = asked !== undefined && asked !== previous?.metadata.annotations?.[REFRESH];
    if (current && (isAsked || current.metadata.generation !== previous?.metadata.generation)) queue.add(key);
  });
  void informer.run(signal);
  void queue.run(signal);
  return {
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      passage = promise;
      return resolve;
    },
    failNext: () => {
      isFailing = true;
    },
    discoveries: () => discoveries,
  };
}

/** Section 7.2, but for the interval. */
function mustDiscover({ metadata, status }: Warehouse, token: string | undefined): boolean {
  if (!status?.discoveredArtifacts || (metadata.generation ?? 0) > (status.observedGeneration ?? 0)) return true;
  return status.lastHandledRefresh !== token;
}

function settled({ metadata }: Warehouse, token: string | undefined): object {
  return {
    conditions: [condition("Ready", "True", "ArtifactsDiscovered")],
    observedGeneration: metadata.generation,
    ...(token !== undefined && { lastHandledRefresh: token }),
  };
}

function condition(type: string, status: string, reason: string, more: object = {}): object {
  const lastTransitionTime = toKubeTime(SYSTEM_CLOCK.now());
  return { type, status, reason, message: "", lastTransitionTime, ...more };
}
