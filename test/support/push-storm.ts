// Many pushes to many Warehouses, as an outage finds them: what was answered, and what became of it.
import assert from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../src/app/system.ts";
import type { DeliverySummary } from "../../src/deliveries/told-delivery.ts";
import { apiVersionOf } from "../../src/resources/resource.ts";
import { WAREHOUSES, type Warehouse } from "../../src/resources/warehouse.ts";
import { listPath } from "../../src/server/delivery-paths.ts";
import type { Target } from "../../src/warehouses/target.ts";
import type { Replica } from "./replica.ts";
import { PROJECT, type ServeDesk } from "./serve-desk.ts";

/** As many tags as a Warehouse shows of a repository: all that were pushed last can be seen there. */
const TAGS = 20;
const SENDERS = 8;
/** A dead leader is followed within 20 s, and no pause is longer than 30 s; a loaded machine takes several times that. */
const CAUGHT_UP_WITHIN_MS = 180_000;
const ASK_EVERY_MS = 500;

export interface PushStorm {
  /** Pushes `TAGS` images to each repository and tells of every one; the status of each answer. */
  send(send: Send, onSent?: (count: number) => void): Promise<readonly number[]>;
  /**
   * Fails unless, in time, every Warehouse shows every tag of the last storm, and each of its deliveries in the log of
   * the replica that it was sent to has a refresh that was answered.
   */
  untilDiscovered(replica: Replica): Promise<void>;
  readonly count: number;
}

/** Posts a webhook to one of the replicas. */
export type Send = (webhook: string) => Promise<number>;

/** With a Warehouse for each of so many repositories, named `<prefix>-0` and so on. */
export async function preparePushStorm(desk: ServeDesk, prefix: string, repositories: number): Promise<PushStorm> {
  const names = Array.from({ length: repositories }, (_, number) => `${prefix}-${number}`);
  for (const name of names) await createWarehouse(desk, name);
  let storms = 0;
  const tags = () => Array.from({ length: TAGS }, (_, patch) => `1.${storms}.${patch}`);
  return {
    count: repositories * TAGS,
    async send(send, onSent = () => {}) {
      storms += 1;
      const pushes = tags().flatMap((tag) => names.map((name) => ({ tag, name })));
      for (const { tag, name } of pushes) await desk.push(tag, name);
      const [statuses, left] = [[] as number[], pushes.values()];
      const loop = async () => {
        for (const { tag, name } of left) {
          statuses.push(await send(desk.webhook(tag, name)));
          onSent(statuses.length);
        }
      };
      await Promise.all(Array.from({ length: SENDERS }, loop));
      return statuses;
    },
    async untilDiscovered(replica) {
      const look = async () => ({
        missing: await missingTags(desk, names, tags()),
        unanswered: await unansweredOf(replica, repositories * TAGS),
      });
      const deadline = SYSTEM_CLOCK.monotonicMs() + CAUGHT_UP_WITHIN_MS;
      let left = await look();
      while (left.missing.length + left.unanswered.length > 0 && SYSTEM_CLOCK.monotonicMs() < deadline) {
        await SYSTEM_CLOCK.sleep(ASK_EVERY_MS);
        left = await look();
      }
      assert.deepEqual(left, { missing: [], unanswered: [] });
    },
  };
}

async function createWarehouse({ client, repoURL }: ServeDesk, name: string): Promise<void> {
  const subscriptions = [{ image: { repoURL: repoURL(name), constraint: "^1.0.0" } }];
  const object = {
    apiVersion: apiVersionOf(WAREHOUSES),
    kind: WAREHOUSES.kind,
    metadata: { namespace: PROJECT, name },
    spec: { interval: "1h", freightCreationPolicy: "Manual", subscriptions },
  };
  await client.create(WAREHOUSES, object as unknown as Warehouse);
}

async function missingTags(
  { client }: ServeDesk,
  names: readonly string[],
  tags: readonly string[],
): Promise<readonly string[]> {
  const { items } = await client.list<Warehouse>(WAREHOUSES, { namespace: PROJECT });
  return items
    .filter(({ metadata }) => names.includes(metadata.name))
    .flatMap(({ metadata, status }) => {
      const shown = new Set(status?.discoveredArtifacts?.images?.[0]?.references?.map(({ tag }) => tag));
      return tags.filter((tag) => !shown.has(tag)).map((tag) => `${metadata.name}:${tag}`);
    });
}

/**
 * The newest deliveries in a replica's log that no refresh was written for and answered. A tag that a full scan had seen
 * before its webhook came is called not visible for a while: its digest never moves.
 */
async function unansweredOf(replica: Replica, count: number): Promise<readonly DeliverySummary[]> {
  const { text } = await replica.admin(listPath({ limit: count, namespace: undefined }));
  const { deliveries } = JSON.parse(text) as { readonly deliveries: readonly DeliverySummary[] };
  assert.equal(deliveries.length, count);
  const isAnswered = ({ state, token }: Target) =>
    token !== undefined && (state === "discovered" || state === "not-visible");
  return deliveries.filter(({ targets }) => targets.length === 0 || !targets.every(isAnswered));
}
