// Whatever a bad server does to it, an informer's copy becomes equal to the server's state again.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { createKubeClient, type KubeClient } from "../../src/kube/client.ts";
import { connectCluster } from "../../src/kube/connection.ts";
import { createInformer, type Informer } from "../../src/kube/informer.ts";
import { NAMESPACES, SECRETS, type Secret } from "../../src/resources/core.ts";
import { eventually } from "../support/dockbell.ts";
import { type Fault, startFaultyKube, type Target } from "../support/faulty-kube.ts";
import { createFastClock, HALF } from "../support/test-clock.ts";

const clock = createFastClock(500);
const kube = await startFaultyKube(clock);
const access = {
  server: kube.server,
  namespace: "test",
  authority: undefined,
  isUnverified: false,
  serverName: undefined,
  userText: "",
  user: { token: { kind: "text", text: "token" } },
} as const;
const lines: string[] = [];
const log = (line: string) => void lines.push(line);
const connection = connectCluster(access, {
  clock,
  log,
  readFile: () => "",
  runPlugin: () => Promise.reject(new Error("no plugin is used here")),
});
const client = createKubeClient({ transport: connection.open(), server: access.server, userAgent: "test" });
after(() => {
  connection.close();
  kube.close();
});
await kube.client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: "test" } });

let made = 0;
async function createSecret(size = 10): Promise<string> {
  made += 1;
  const name = `s${made}`;
  const data = { a: Buffer.alloc(size, "a").toString("base64") };
  await kube.client.create<Secret>(SECRETS, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: "test" },
    data,
  });
  return name;
}

async function serverState(from: KubeClient): Promise<readonly string[]> {
  const { items } = await from.list<Secret>(SECRETS, {});
  return items.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).toSorted();
}

function copyState(informer: Informer<Secret>): readonly string[] {
  return [...informer.values()].map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).toSorted();
}

async function becomesEqual(informer: Informer<Secret>): Promise<void> {
  const explain = () => `the copy never became the server's state:\n${lines.slice(-10).join("\n")}`;
  const isEqual = async () => String(copyState(informer)) === String(await serverState(kube.client));
  await eventually(isEqual, explain, 5);
}

/** One object created, one changed, one deleted. */
async function changeThings(): Promise<void> {
  const [changed, deleted] = [await createSecret(), await createSecret()];
  await kube.client.mergePatch(
    SECRETS,
    { namespace: "test", name: changed },
    { metadata: { labels: { at: String(made) } } },
  );
  await kube.client.delete(SECRETS, { namespace: "test", name: deleted });
}

const EXPIRED_EVENT = '{"type":"ERROR","object":{"kind":"Status","code":410,"message":"too old","reason":"Expired"}}';
const NAMELESS = '{"type":"ADDED","object":{"kind":"Secret"}}';

const FAULTS: readonly (readonly [what: string, target: Target, fault: Fault])[] = [
  ["the list's connection is reset before the answer", "list", { kind: "reset" }],
  ["the list's connection is reset in the middle", "list", { kind: "reset", afterBytes: 200 }],
  ["the list ends in the middle as if it were whole", "list", { kind: "truncate", afterBytes: 200 }],
  ["the list is answered 500", "list", { kind: "status", status: 500 }],
  [
    "the list is answered 503 with Retry-After",
    "list",
    { kind: "status", status: 503, headers: { "retry-after": "1" } },
  ],
  ["the list is answered 429", "list", { kind: "status", status: 429, headers: { "retry-after": "1" } }],
  ["the list is answered 410", "list", { kind: "status", status: 410 }],
  ["the list arrives byte by byte", "list", { kind: "drip" }],
  ["the watch's connection is reset before the answer", "watch", { kind: "reset" }],
  ["the watch's connection is reset in the middle of an event", "watch", { kind: "reset", afterBytes: 250 }],
  ["the watch ends in the middle of an event", "watch", { kind: "truncate", afterBytes: 250 }],
  ["the watch is answered 500", "watch", { kind: "status", status: 500 }],
  [
    "the watch is answered 429 with Retry-After",
    "watch",
    { kind: "status", status: 429, headers: { "retry-after": "1" } },
  ],
  ["the watch is answered 410", "watch", { kind: "status", status: 410 }],
  ["the watch tells 410 in an event", "watch", { kind: "insert", line: EXPIRED_EVENT }],
  ["the watch goes silent: its peer is gone without a word", "watch", { kind: "silence", isBegun: true }],
  ["a line of the watch is garbage", "watch", { kind: "insert", line: "\u0000!garbage" }],
  ["an event of the watch has no metadata", "watch", { kind: "insert", line: NAMELESS }],
  ["an event of the watch is of no known type", "watch", { kind: "insert", line: '{"type":"EXPLODED"}' }],
  ["the watch arrives byte by byte", "watch", { kind: "drip" }],
];

describe("an informer's copy becomes the server's state when", () => {
  for (const [what, target, fault] of FAULTS) {
    test(what, async () => {
      const stop = new AbortController();
      const informer = createInformer<Secret>({ client, resource: SECRETS, clock, random: HALF, log });
      kube.inject(target, fault);

      const running = informer.run(stop.signal);
      await changeThings();
      await eventually(
        () => kube.remaining() === 0,
        () => "the fault was never met",
      );
      await changeThings();

      await informer.synced;
      await becomesEqual(informer);
      const now = clock.monotonicMs();
      await eventually(
        () => informer.freshAt() > now,
        () => "the copy is never known to be fresh",
      );
      stop.abort();
      await running;
    });
  }
});

test("what was deleted while nobody watched is told once the watch is back", async () => {
  const stop = new AbortController();
  const told: string[] = [];
  const informer = createInformer<Secret>({ client, resource: SECRETS, clock, random: HALF, log });
  informer.subscribe(({ key, current }) => void (current || told.push(key)));
  const running = informer.run(stop.signal);
  await informer.synced;
  const name = await createSecret();
  await becomesEqual(informer);

  kube.inject("watch", { kind: "status", status: 410 });
  kube.cut();
  await kube.client.delete(SECRETS, { namespace: "test", name });
  await becomesEqual(informer);

  assert.deepEqual(told, [`test/${name}`]);
  stop.abort();
  await running;
});

test("a patch refused with 429 is sent again after as long as the server asked for", async () => {
  const name = await createSecret();
  kube.inject("patch", { kind: "status", status: 429, headers: { "retry-after": "10" } });
  const begunAt = clock.monotonicMs();

  const patched = await client.mergePatch<Secret>(
    SECRETS,
    { namespace: "test", name },
    { metadata: { labels: { a: "b" } } },
  );

  assert.equal(patched.metadata.labels?.["a"], "b");
  assert.ok(clock.monotonicMs() - begunAt >= 9_000);
});

test("an error says what was asked of whom", async () => {
  kube.inject("patch", { kind: "status", status: 500 });

  const patching = client.mergePatch(SECRETS, { namespace: "test", name: "s1" }, {});

  await assert.rejects(patching, {
    name: "KubeError",
    message: `PATCH ${kube.server}/api/v1/namespaces/test/secrets/s1: as the test wants it`,
  });
});
