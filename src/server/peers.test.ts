import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestClock } from "../../test/support/test-clock.ts";
import { type DeliveryList, EMPTY_LIST, maxListBytes, mergeLists } from "../deliveries/delivery-list.ts";
import { EMPTY_BODY, type Handler, jsonResponse, type Transport } from "../http/message.ts";
import { inProcessTransport } from "../http/transport.ts";
import { createAdmin } from "./admin.ts";
import { createPeers, type Peers } from "./peers.ts";
import { identityHeader, type ReplicaIdentity } from "./replica-identity.ts";

const OURS = "10.0.0.1:8081";
const ALL = { limit: 10, namespace: undefined };

function identity(replica: string, ...addresses: readonly string[]): ReplicaIdentity {
  return { replica, instance: addresses.join(), addresses };
}

/** The admin API of a replica at an address, or several; it has no deliveries. */
function replicaAt(address: string, replica: string, more: readonly string[] = [], peers?: Peers): Handler {
  return createAdmin({
    identity: identity(replica, address, ...more),
    peers,
    checks: () => [],
    metrics: () => "",
    token: () => "t0ken",
    hosts: [address, ...more].map((one) => one.replace(/:\d+$/, "")),
    deliveries: undefined,
    drain: undefined,
  });
}

/** Takes the question, and says nothing. */
const silent: Handler = ({ signal }) =>
  new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("aborted"))));

interface Surroundings {
  /** What listens at an address. */
  readonly servers: Readonly<Record<string, Handler>>;
  /** The addresses that a name leads to. */
  readonly names: Readonly<Record<string, readonly string[]>>;
  readonly token?: string;
}

function surroundings({ servers, names, token = "t0ken" }: Surroundings) {
  const clock = createTestClock();
  const asked: string[] = [];
  const transport: Transport = (request) => {
    const { host } = new URL(request.url);
    asked.push(host);
    const server = servers[host];
    return server
      ? inProcessTransport(server)({ ...request, headers: { ...request.headers, host } })
      : Promise.reject(new Error("refused"));
  };
  const resolve = async (peer: string) => names[peer] ?? Promise.reject(new Error(`${peer} is unknown`));
  const peers = Object.keys(names);
  const isOurs = (address: string) => address === OURS;
  const of = { peers, resolve, isOurs, identity: identity("dockbell-0", OURS) };
  return { clock, asked, peers, options: { ...of, transport, token: () => token, clock } };
}

function summary(lists: readonly DeliveryList[]) {
  const { replicas, unanswered, conflicts } = mergeLists(lists, 10);
  const alike = conflicts.map(({ replica, places }) => `${replica} at ${places.join(", ")}`);
  return [replicas, unanswered.map(({ peer, reason }) => `${peer}: ${reason}`), ...alike];
}

test("all that a name leads to are asked, we ourselves are not", async () => {
  const servers = {
    [OURS]: replicaAt(OURS, "dockbell-0"),
    "10.0.0.2:8081": replicaAt("10.0.0.2:8081", "dockbell-1"),
    "10.0.0.3:8081": replicaAt("10.0.0.3:8081", "dockbell-2"),
  };
  const it = surroundings({ servers, names: { "peers:8081": Object.keys(servers) } });

  const lists = await createPeers(it.options).lists(ALL);

  assert.deepEqual(summary(lists), [["dockbell-1", "dockbell-2"], []]);
  assert.deepEqual(it.asked, ["10.0.0.2:8081", "10.0.0.3:8081"]);
});

test("one that was found by two names is asked once, and goes by its own one", async () => {
  const names = { "dockbell-1.peers:8081": ["10.0.0.2:8081"], "peers:8081": ["10.0.0.2:8081", "10.0.0.3:8081"] };
  const it = surroundings({ servers: {}, names });

  const lists = await createPeers(it.options).lists(ALL);

  assert.deepEqual(summary(lists), [[], ["dockbell-1.peers:8081: refused", "10.0.0.3:8081: refused"]]);
  assert.deepEqual(it.asked, ["10.0.0.2:8081", "10.0.0.3:8081"]);
});

test("a replica that is found at an IPv4 and an IPv6 address is one, though it answers at one of them alone", async () => {
  const [v4, v6, other] = ["10.0.0.2:8081", "[fd00::2]:8081", "[fd00::3]:8081"];
  const both = replicaAt(v4, "dockbell-1", [v6]);
  const names = { "peers:8081": [v6, v4, other] };
  const dual = surroundings({ servers: { [v4]: both, [v6]: both }, names });
  const single = surroundings({ servers: { [v4]: both }, names });

  const lists = [await createPeers(dual.options).lists(ALL), await createPeers(single.options).lists(ALL)];

  const told = [["dockbell-1"], ["[fd00::3]:8081: refused"]];
  assert.deepEqual(lists.map(summary), [told, told]);
});

test("a loopback address is another one on each machine", async () => {
  const [near, far] = ["127.0.0.1:8081", "10.0.0.2:8081"];
  const servers = { [far]: replicaAt(far, "dockbell-1", [near]) };
  const it = surroundings({ servers, names: { "peers:8081": [far], "localhost:8081": [near] } });

  const lists = await createPeers(it.options).lists(ALL);

  assert.deepEqual(summary(lists), [["dockbell-1"], ["localhost:8081: refused"]]);
});

test("we ourselves are not among the others, though we are reached at an address that we do not know", async () => {
  const service = "10.96.0.1:8081";
  const ours: Handler = async () => {
    return jsonResponse(200, EMPTY_LIST, identityHeader(identity("dockbell-0", OURS)));
  };
  const it = surroundings({ servers: { [service]: ours }, names: { "service:8081": [service] } });

  const lists = await createPeers(it.options).lists(ALL);

  assert.deepEqual(summary(lists), [[], []]);
});

test("replicas of one name are all listed, and named with where they are", async () => {
  const servers = {
    "10.0.0.2:8081": replicaAt("10.0.0.2:8081", "dockbell-1"),
    "10.0.0.3:8081": replicaAt("10.0.0.3:8081", "dockbell-1"),
    "10.0.0.4:8081": replicaAt("10.0.0.4:8081", "dockbell-0"),
  };
  const it = surroundings({ servers, names: { "peers:8081": Object.keys(servers) } });

  const lists = await createPeers(it.options).lists(ALL);

  assert.deepEqual(summary(lists), [
    ["dockbell-1", "dockbell-0"],
    [],
    "dockbell-0 at the one that was asked, 10.0.0.4:8081",
    "dockbell-1 at 10.0.0.2:8081, 10.0.0.3:8081",
  ]);
  assert.equal(lists.length, 4);
});

test("who is asked asks nobody in turn", async () => {
  let asked = 0;
  const peers: Peers = {
    lists: async () => {
      asked += 1;
      return [];
    },
    page: async () => {
      asked += 1;
      return { page: undefined, unanswered: [] };
    },
  };
  const servers = { "10.0.0.2:8081": replicaAt("10.0.0.2:8081", "dockbell-1", [], peers) };
  const it = surroundings({ servers, names: { "peers:8081": ["10.0.0.2:8081"] } });

  const lists = await createPeers(it.options).lists(ALL);
  const found = await createPeers(it.options).page({ id: "1", continueToken: undefined });

  assert.deepEqual([summary(lists), found, asked], [[["dockbell-1"], []], { page: undefined, unanswered: [] }, 0]);
});

const LONG = "x".repeat(maxListBytes(ALL.limit));
const WRONG: readonly (readonly [what: string, server: Handler, reason: RegExp])[] = [
  ["elsewhere", async () => ({ status: 302, headers: {}, body: EMPTY_BODY }), /^it answered 302, and is not followed/],
  ["503 without a word", async () => ({ status: 503, headers: {}, body: EMPTY_BODY }), /^it answered 503$/],
  [
    "deliveries without saying who it is",
    async () => jsonResponse(200, EMPTY_LIST),
    /^it does not say which replica it is: has it another version/,
  ],
  ["nothing of ours", async () => jsonResponse(200, { hello: "world" }), /something else than deliveries/],
  [
    "deliveries of another shape",
    async () => jsonResponse(200, { ...EMPTY_LIST, deliveries: [{ id: "1" }] }),
    /something else than deliveries/,
  ],
  ["deliveries without a count", async () => jsonResponse(200, { deliveries: [] }), /something else than deliveries/],
  ["null", async () => jsonResponse(200, null), /something else than deliveries/],
  ["no JSON", async () => ({ status: 200, headers: {}, body: Buffer.from("<html>") }), /something else than deliv/],
  ["more than the bound", async () => jsonResponse(200, LONG), /longer than \d+ bytes/],
  ["a refusal", replicaAt("elsewhere:8081", "dockbell-1"), /it answered 403: .*is not ours/],
];
for (const [what, server, reason] of WRONG) {
  test(`a peer that answers ${what} is named with it`, async () => {
    const it = surroundings({ servers: { "10.0.0.2:8081": server }, names: { "peers:8081": ["10.0.0.2:8081"] } });

    const [list] = await createPeers(it.options).lists(ALL);

    assert.match(list?.unanswered[0]?.reason ?? "", reason);
  });
}

test("a peer that has another token is named with it", async () => {
  const servers = { "10.0.0.2:8081": replicaAt("10.0.0.2:8081", "dockbell-1") };
  const it = surroundings({ servers, names: { "peers:8081": ["10.0.0.2:8081"] }, token: "other" });

  const lists = await createPeers(it.options).lists(ALL);

  assert.deepEqual(summary(lists), [[], ["peers:8081: it has another admin token"]]);
});

test("peers that cannot be found, and those that say nothing, are waited for no longer than two seconds", async () => {
  const servers = { "10.0.0.2:8081": silent, "10.0.0.3:8081": replicaAt("10.0.0.3:8081", "dockbell-2") };
  const it = surroundings({ servers, names: { "b:8081": ["10.0.0.2:8081"], "c:8081": ["10.0.0.3:8081"] } });
  const resolve = (peer: string) =>
    peer === "slow:8081" ? new Promise<never>(() => undefined) : it.options.resolve(peer);
  const peers = [...it.peers, "slow:8081", "none:8081"];

  const asked = createPeers({ ...it.options, peers, resolve }).lists(ALL);
  await it.clock.advance(1_000);
  await it.clock.advance(1_000);

  assert.deepEqual(summary(await asked), [
    ["dockbell-2"],
    [
      "b:8081: no answer within 1 s",
      "slow:8081: it was not found: no answer within 1 s",
      "none:8081: it was not found: none:8081 is unknown",
    ],
  ]);
});

for (const query of [
  { limit: 101, namespace: undefined },
  { limit: 10, namespace: "team" },
  { limit: 10, namespace: undefined, state: "failed" } as const,
]) {
  test(`of ${JSON.stringify(query)} a peer may answer for three seconds`, async () => {
    const it = surroundings({ servers: { "10.0.0.2:8081": silent }, names: { "b:8081": ["10.0.0.2:8081"] } });

    const asked = createPeers(it.options).lists(query);
    await it.clock.advance(3_000);

    assert.deepEqual(summary(await asked), [[], ["b:8081: no answer within 3 s"]]);
  });
}

test("no more than 64 are asked, and the others named", async () => {
  const addresses = Array.from({ length: 66 }, (_, number) => `10.0.1.${number}:8081`);
  const servers = Object.fromEntries(addresses.map((address) => [address, replicaAt(address, address)]));
  const it = surroundings({ servers, names: { "peers:8081": addresses } });

  const [replicas, missing] = summary(await createPeers(it.options).lists(ALL));

  assert.equal(replicas?.length, 64);
  assert.deepEqual(
    missing,
    [64, 65].map((n) => `10.0.1.${n}:8081: no more than 64 replicas are asked`),
  );
});
