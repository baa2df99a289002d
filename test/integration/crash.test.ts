// Kills the process again and again under a stream of webhooks: what was answered 2xx is refreshed and discovered in
// the end, whatever moment the kill came in.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { SYSTEM_CLOCK } from "../../src/app/system.ts";
import { readBody } from "../../src/http/message.ts";
import { pushImage } from "../../src/localregistry/push-image.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../../src/resources/project-config.ts";
import { createDockbell, eventually } from "../support/dockbell.ts";
import { payload } from "../support/receiving.ts";
import { createTestRandom } from "../support/test-clock.ts";

const LOOKED_FOR: ReadonlySet<string> = new Set(["done discovered", "open not-visible"]);
const KILLS = 10;
const SENDERS = 4;
const TAGS = Array.from({ length: 12 }, (_, place) => `1.5.${place}`);

const dockbell = createDockbell();
after(() => dockbell.dispose());

/** The registry is the example's, so that each tag can be discovered. */
async function prepare(): Promise<{ url: string; repository: string }> {
  await dockbell.start("--example");
  const host = `127.0.0.1:${readFileSync(join(dockbell.directory, "registry-port"), "utf8")}`;
  const { transport } = dockbell.network;
  const createdAt = "2026-01-01T00:00:00Z";
  for (const tag of TAGS) {
    await pushImage({ transport, origin: `http://${host}`, repository: "kargo-demo/app", tag, createdAt });
  }
  const key = { namespace: "kargo-demo", name: "kargo-demo" };
  const config = await dockbell.client.get<ProjectConfig>(PROJECT_CONFIGS, key);
  return { url: config?.status?.webhookReceivers?.[0]?.url ?? "", repository: `${host}/kargo-demo/app` };
}

interface Sender {
  /** Ids of the deliveries that were answered 2xx. */
  readonly accepted: string[];
  readonly done: Promise<void>;
}

function sendUntil(stop: AbortSignal, url: string, repository: string): Sender {
  const accepted: string[] = [];
  const send = async (place: number) => {
    const body = Buffer.from(payload(repository, TAGS[place % TAGS.length] ?? ""));
    const headers = { "content-length": String(body.length) };
    const answer = await dockbell.network.transport({ method: "POST", url, headers, body });
    await readBody(answer.body, 10_000);
    if (answer.status < 300) accepted.push(String(answer.headers["dockbell-delivery"]));
  };
  const run = async (first: number) => {
    // While the process is down, nobody answers.
    for (let place = first; !stop.aborted; place += SENDERS) await send(place).catch(() => SYSTEM_CLOCK.sleep(5));
  };
  return {
    accepted,
    done: Promise.all(Array.from({ length: SENDERS }, (_, first) => run(first))).then(() => undefined),
  };
}

function statesOf(ids: readonly string[]): ReadonlyMap<string, string> {
  const db = new DatabaseSync(join(dockbell.directory, "deliveries.db"), { readOnly: true });
  const state = db.prepare(
    "SELECT verdict || coalesce(' ' || state, '') AS state FROM delivery LEFT JOIN target ON delivery = id WHERE id = ?",
  );
  const states = new Map(ids.map((id) => [id, String(state.get(id)?.["state"] ?? "lost")]));
  db.close();
  return states;
}

test(`no accepted webhook is lost over ${KILLS} kills at random moments`, { timeout: 300_000 }, async () => {
  const random = createTestRandom(Number(process.pid));
  const { url, repository } = await prepare();
  const listen = ["--listen", new URL(url).host];
  const stop = new AbortController();
  const sender = sendUntil(stop.signal, url, repository);

  for (let kill = 0; kill < KILLS; kill++) {
    const before = sender.accepted.length;
    await eventually(
      () => sender.accepted.length > before,
      () => `no webhook was accepted after kill ${kill}: ${dockbell.output()}`,
    );
    await SYSTEM_CLOCK.sleep(random.fraction() * 250);
    await dockbell.stop("SIGKILL");
    await dockbell.start("--example", ...listen, "--answer-within", kill % 2 === 0 ? "0s" : "2s");
  }
  stop.abort();
  await sender.done;
  // A tag pushed again with the digest it had counts as not visible for its first 90 seconds: it was looked for.
  const unfinished = () => [...statesOf(sender.accepted)].filter(([, state]) => !LOOKED_FOR.has(state));
  await eventually(
    () => unfinished().length === 0,
    () => JSON.stringify(unfinished().slice(0, 5)),
    200,
  );

  assert.equal(new Set(sender.accepted).size, sender.accepted.length);
});
