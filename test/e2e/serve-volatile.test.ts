// `dockbell serve --delivery-log=volatile` on a real API server: it promises nothing that a crash could break. A webhook is
// answered 200 once each of its Warehouses was refreshed, and else refused. The tests build on one another.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { type PushEntry, pushesAnnotation } from "../../src/resources/pushes.ts";
import { WAREHOUSES, type Warehouse } from "../../src/resources/warehouse.ts";
import { eventually } from "../support/dockbell.ts";
import { apiOf, writeKubeconfigFor } from "../support/kubeconfig.ts";
import { type RecordingApi, startRecordingApi } from "../support/recording-api.ts";
import type { Replica } from "../support/replica.ts";
import { openServeDesk, PROJECT, type ServeDesk } from "../support/serve-desk.ts";

const FLAGS = ["--delivery-log", "volatile", "--answer-within", "1s"];
const SENDERS = 20;

let desk: ServeDesk;
/** Between the replica and the API server. */
let api: RecordingApi;
let dockbell: Replica;
let path = "";
/** Of every answer to a webhook. */
const statuses = new Set<number>();
before(async () => {
  desk = await openServeDesk();
  api = await startRecordingApi(apiOf(desk.api.kubeconfig));
  dockbell = desk.replica("dockbell-0", writeKubeconfigFor(api, desk.api.kubeconfig));
  await desk.push("1.0.0");
  await desk.kubectl("apply -f -", desk.manifests);
  await desk.kubectl("apply -f -", JSON.stringify(await anotherWarehouse()));
  await dockbell.start(...FLAGS);
  path = await desk.receiverPath();
  await desk.untilDiscovered("1.0.0");
});
after(async () => {
  await desk?.dispose();
  await api?.close();
});

/** Named `other`, for the same repository. */
async function anotherWarehouse(): Promise<object> {
  const { apiVersion, kind, spec } = await desk.warehouse();
  return { apiVersion, kind, metadata: { namespace: PROJECT, name: "other" }, spec };
}

interface Answered {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | null;
}

async function post(tag: string): Promise<Answered> {
  const answer = await fetch(dockbell.origin() + path, { method: "POST", body: desk.webhook(tag) });
  statuses.add(answer.status);
  return { status: answer.status, text: await answer.text(), retryAfter: answer.headers.get("retry-after") };
}

const REFRESHED: Answered = { status: 200, text: '{"msg":"refreshed 2 warehouse(s)"}\n', retryAfter: null };
const REFUSED: Answered = { status: 503, text: "{}\n", retryAfter: "1" };

/** As a sender that comes back. */
async function postUntilTaken(tag: string): Promise<void> {
  await eventually(
    async () => (await post(tag)).status === 200,
    () => dockbell.output(),
    50,
  );
}

/** Whether the Warehouse was refreshed for the tag. */
async function isAsked(name: string, tag: string): Promise<boolean> {
  const warehouse = await desk.client.get<Warehouse>(WAREHOUSES, { namespace: PROJECT, name });
  const list = warehouse?.metadata.annotations?.[pushesAnnotation("dockbell-0")] ?? "[]";
  return (JSON.parse(list) as readonly PushEntry[]).some((entry) => "tag" in entry && entry.tag === tag);
}

function bothAsked(tag: string): Promise<readonly boolean[]> {
  return Promise.all(["app", "other"].map((name) => isAsked(name, tag)));
}

/** The patches of a Warehouse wait until `go`. */
function holdPatches(name: string): { go(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  api.before = async (used, target) => {
    if (used === "patch warehouses" && target.includes(`/${name}?`)) await promise;
  };
  return { go: resolve };
}

async function deliveryCount(): Promise<number> {
  const { text } = await dockbell.admin("/api/v1/deliveries");
  return (JSON.parse(text) as { readonly deliveries: readonly unknown[] }).deliveries.length;
}

test("a webhook is answered 200 when the last of its Warehouses was refreshed, and not before", async () => {
  await desk.push("1.1.0");
  const other = holdPatches("other");
  let isAnswered = false;

  const answering = post("1.1.0").finally(() => {
    isAnswered = true;
  });
  await eventually(
    () => isAsked("app", "1.1.0"),
    () => dockbell.output(),
  );
  const whileHeld = [isAnswered, await isAsked("other", "1.1.0")];
  other.go();
  const answer = await answering;

  assert.deepEqual(whileHeld, [false, false]);
  assert.deepEqual(answer, REFRESHED);
  assert.deepEqual(await bothAsked("1.1.0"), [true, true]);
  await desk.untilDiscovered("1.1.0");
});

test("a webhook one of whose Warehouses is not refreshed in time is refused, though the other one was", async () => {
  await desk.push("1.2.0");
  const other = holdPatches("other");

  const answer = await post("1.2.0");
  const asked = await bothAsked("1.2.0");
  other.go();

  assert.deepEqual(answer, REFUSED);
  assert.deepEqual(asked, [true, false]);
  await postUntilTaken("1.2.0");
  await desk.untilDiscovered("1.2.0");
});

test("while the API server stands still every webhook is refused, and once it is back those that are sent again are taken", async () => {
  await desk.push("1.3.0");

  await desk.api.control("pause");
  const answers = await Promise.all(Array.from({ length: SENDERS }, () => post("1.3.0")));
  await desk.api.control("resume");

  assert.deepEqual(new Set(answers.map((answer) => JSON.stringify(answer))), new Set([JSON.stringify(REFUSED)]));
  await postUntilTaken("1.3.0");
  assert.deepEqual(await bothAsked("1.3.0"), [true, true]);
  await desk.untilDiscovered("1.3.0");
});

test("a replica that starts while the API server stands still knows nothing of before, and takes webhooks once it is back", async () => {
  await desk.push("1.4.0");
  await desk.api.control("pause");
  await post("1.4.0");
  await dockbell.stop("SIGKILL");

  await dockbell.start(...FLAGS);
  const answer = await post("1.4.0");
  const readiness = [(await dockbell.get("/healthz")).status, (await dockbell.admin("/readyz")).status];
  const known = await deliveryCount();
  await desk.api.control("resume");

  assert.deepEqual([answer, readiness, known], [REFUSED, [200, 503], 0]);
  assert.ok(!readdirSync(dockbell.directory).some((name) => name.startsWith("deliveries")));
  await postUntilTaken("1.4.0");
  await desk.untilDiscovered("1.4.0");
});

test("a webhook that no Warehouse wants is answered 200, and none was ever promised to be done later", async () => {
  const answer = await post("not-a-version");

  assert.deepEqual(answer, { status: 200, text: '{"msg":"refreshed 0 warehouse(s)"}\n', retryAfter: null });
  assert.deepEqual([...statuses].toSorted(), [200, 503]);
});
