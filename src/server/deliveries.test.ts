// The deliveries of a real log, as another replica or a command gets them.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createTestClock } from "../../test/support/test-clock.ts";
import { type DeliveryList, mergeLists } from "../deliveries/delivery-list.ts";
import { createDeliveryReader } from "../deliveries/delivery-reader.ts";
import { createDeliveryLog } from "../deliveries/log.ts";
import { DELIVERY_MIGRATIONS } from "../deliveries/schema.ts";
import { EMPTY_BODY, readBody } from "../http/message.ts";
import { inProcessTransport } from "../http/transport.ts";
import { openDatabase } from "../sqlite.ts";
import type { Target } from "../warehouses/target.ts";
import { createAdmin } from "./admin.ts";
import { pagePath } from "./delivery-paths.ts";
import { createPeers } from "./peers.ts";

const ADDRESS = "10.0.0.2:8081";
const REPLICA = "r".repeat(253);

function openReplica(t: TestContext) {
  const database = openDatabase({ path: ":memory:", migrations: DELIVERY_MIGRATIONS });
  t.after(() => database.close());
  const log = createDeliveryLog(database);
  const admin = createAdmin({
    identity: { replica: REPLICA, instance: "2", addresses: [ADDRESS] },
    deliveries: createDeliveryReader(database, REPLICA),
    peers: undefined,
    checks: () => [],
    metrics: () => "",
    token: () => "t0ken",
    hosts: ["10.0.0.2"],
    drain: undefined,
  });
  const record = (id: string, tags: readonly string[], receiver = "hub") => {
    const arrival = { id, arrivedAt: 1_000, project: "team", receiver, sender: "quay" };
    return log.record({ ...arrival, repoURLs: [tags.join()], tags, mediaType: tags.join(), body: Buffer.from("{}") });
  };
  return { log, admin, record };
}

/** What is told to another replica that has one peer. */
async function askedBy(admin: ReturnType<typeof openReplica>["admin"], limit: number): Promise<DeliveryList> {
  const peers = createPeers({
    peers: [ADDRESS],
    resolve: async (peer) => [peer],
    isOurs: () => false,
    identity: { replica: "another", instance: "1", addresses: [] },
    transport: (request) =>
      inProcessTransport(admin)({ ...request, headers: { ...request.headers, host: new URL(request.url).host } }),
    token: () => "t0ken",
    clock: createTestClock(),
  });
  return mergeLists(await peers.lists({ limit, namespace: undefined }), limit);
}

test("a list of 500 is one that another replica reads, whatever was pushed", async (t) => {
  const { log, admin, record } = openReplica(t);
  const tags = Array.from({ length: 20 }, () => "\u0001".repeat(128));
  const known = { namespace: "team", uid: "u", repoURL: "example/app", rule: "", attempt: 1, activeMs: 0 };
  for (let number = 0; number < 500; number++) {
    await record(`${number}`, tags, "h".repeat(253));
    const targets = Array.from({ length: 5 }, (_, place): Target => {
      const [name, reason] = [`w${place}`, "\u0001".repeat(100)];
      return { ...known, name, tag: "1.0.0", state: "failed", reason, token: undefined };
    });
    await log.saveTargets(`${number}`, targets);
  }

  const { deliveries, unanswered } = await askedBy(admin, 500);

  assert.deepEqual([unanswered, deliveries.length, deliveries[499]?.targetCounts], [[], 500, { failed: 5 }]);
  assert.deepEqual([deliveries[0]?.targets.length, deliveries[499]?.targets.length], [5, 0]);
});

test("a delivery is found by its id, however that is written in the path", async (t) => {
  const { admin, record } = openReplica(t);
  await record("a b/c%d", ["1.0.0"]);
  const ask = async (url: string) => {
    const headers = { host: ADDRESS, authorization: "Bearer t0ken" };
    const { status, body } = await admin({ method: "GET", url, headers, body: EMPTY_BODY });
    return { status, page: JSON.parse(Buffer.from(await readBody(body, 10_000)).toString()) };
  };

  const found = await ask(pagePath({ id: "a b/c%d", continueToken: undefined }));
  const malformed = await ask("/api/v1/deliveries/%zz");

  assert.deepEqual([found.status, found.page.id, found.page.replica], [200, "a b/c%d", REPLICA]);
  assert.equal(malformed.status, 404);
});
