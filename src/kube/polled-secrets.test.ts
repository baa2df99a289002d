import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startKube } from "../../test/support/kube.ts";
import { settle, until } from "../../test/support/settle.ts";
import { createTestClock, createTestRandom, HALF } from "../../test/support/test-clock.ts";
import { KubeError } from "../errors.ts";
import { NAMESPACES, type Namespace, SECRETS, type Secret } from "../resources/core.ts";
import { createPolledSecrets } from "./polled-secrets.ts";

const KEY = "demo/s";

async function polling(t: TestContext) {
  const clock = createTestClock();
  const stop = new AbortController();
  const kube = await startKube({ clock, random: HALF, signal: stop.signal });
  const metadata = { name: "demo" };
  await kube.admin.create<Namespace>(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata });
  const [told, unreadable, failures]: [string[], string[], string[]] = [[], [], []];
  const secrets = createPolledSecrets({
    client: kube.client,
    clock,
    random: HALF,
    onUnreadable: (namespace) => unreadable.push(namespace),
    onError: (key) => failures.push(key),
  });
  secrets.subscribe((key) => told.push(`${key} ${secrets.read(key).kind}`));
  const done = secrets.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await done;
  });
  const create = (name: string) =>
    kube.admin.create<Secret>(SECRETS, { apiVersion: "v1", kind: "Secret", metadata: { namespace: "demo", name } });
  const reads = () => kube.requests.filter((line) => line.startsWith("GET")).length;
  return { clock, kube, secrets, told, unreadable, failures, create, reads };
}

test("only Secrets that are referred to are read, each once every 10 s", async (t) => {
  const { clock, kube, secrets, create, reads } = await polling(t);
  await create("s");
  await create("other");

  secrets.refer("a", [KEY]);
  secrets.refer("b", [KEY]);
  await settle();
  const atOnce = reads();
  await clock.advance(9_999);
  const justBefore = reads();
  await clock.advance(1);

  assert.deepEqual([atOnce, justBefore, reads()], [1, 1, 2]);
  assert.deepEqual([...new Set(kube.requests)], ["GET /api/v1/namespaces/demo/secrets/s"]);
});

function keysOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, place) => `demo/s${place}`);
}

for (const { count, roundMs } of [
  { count: 40, roundMs: 10_000 },
  { count: 500, roundMs: 10_000 },
  { count: 1_000, roundMs: 20_000 },
]) {
  test(`reads of ${count} Secrets are spread evenly over ${roundMs / 1_000} s, though they come all at once`, async (t) => {
    const { clock, secrets, reads } = await polling(t);
    secrets.refer("a", keysOf(count));
    await until(() => reads() === count);

    const bySecond: number[] = [];
    for (let ms = 0; ms < roundMs; ms += 1_000) {
      const before = reads();
      await clock.advance(1_000);
      bySecond.push(reads() - before);
    }

    assert.deepEqual(new Set(bySecond), new Set([count / (roundMs / 1_000)]));
  });
}

test("no Secret waits longer than 10 s, however many others come and go", async (t) => {
  const { clock, kube, secrets } = await polling(t);
  const random = createTestRandom();
  const readAt = new Map<string, number>();
  const waits: number[] = [];
  kube.network = async ({ url }) => {
    if (url.includes("other")) return undefined;
    waits.push(clock.monotonicMs() - (readAt.get(url) ?? clock.monotonicMs()));
    readAt.set(url, clock.monotonicMs());
    return undefined;
  };
  secrets.refer("a", keysOf(20));

  for (let turn = 0; turn < 20; turn++) {
    const count = random.fraction() < 0.5 ? 0 : random.fraction() * 200;
    secrets.refer(
      "b",
      Array.from({ length: count }, (_, place) => `demo/other${place}`),
    );
    await clock.advance(random.fraction() * 12_000);
  }

  assert.equal(readAt.size, 20);
  assert.equal(Math.round(Math.max(...waits)), 10_000);
});

test("a Secret that is created, changed and deleted is told within 10 s, and told once", async (t) => {
  const { clock, kube, secrets, told, create } = await polling(t);
  const key = { namespace: "demo", name: "s" };
  secrets.refer("a", [KEY]);
  await settle();

  await create("s");
  await clock.advance(10_000);
  await clock.advance(30_000);
  await kube.admin.mergePatch(SECRETS, key, { data: { secret: "dHdv" } });
  await clock.advance(10_000);
  const known = secrets.read(KEY);
  await kube.admin.delete(SECRETS, key);
  await clock.advance(10_000);

  assert.deepEqual(told, [`${KEY} missing`, `${KEY} found`, `${KEY} found`, `${KEY} missing`]);
  assert.equal(known.kind === "found" && known.secret.data?.["secret"], "dHdv");
});

test("a Secret that nobody refers to any more is read no more, nor sooner when somebody does again", async (t) => {
  const { clock, secrets, create, reads } = await polling(t);
  await create("s");
  secrets.refer("a", [KEY]);
  await settle();

  secrets.refer("a", []);
  secrets.refer("a", [KEY]);
  await clock.advance(5_000);
  const again = reads();
  secrets.refer("a", []);
  await clock.advance(60_000);

  assert.deepEqual([again, reads()], [1, 1]);
  assert.equal(secrets.read(KEY).kind, "unread");
});

test("once no watch tells of changes any more, a Secret is read at once and often again", async (t) => {
  const { clock, kube, secrets, create, reads } = await polling(t);
  await create("s");
  secrets.refer("a", [KEY]);
  await settle();
  secrets.relyOnChanges();
  await clock.advance(10_000);
  await kube.admin.mergePatch(SECRETS, { namespace: "demo", name: "s" }, { data: { secret: "dHdv" } });
  const before = reads();

  secrets.relyOnReads();
  await settle();
  const known = secrets.read(KEY);
  await clock.advance(60_000);

  assert.equal(known.kind === "found" && known.secret.data?.["secret"], "dHdv");
  assert.ok(reads() - before > 5, String(reads() - before));
});

test("where a watch tells of changes, a Secret is read when it changed, and otherwise every five minutes", async (t) => {
  const { clock, kube, secrets, told, create, reads } = await polling(t);
  await create("s");
  secrets.refer("a", [KEY]);
  await settle();
  secrets.relyOnChanges();
  await clock.advance(10_000);
  const before = reads();

  await clock.advance(4 * 60_000);
  const whileUnchanged = reads();
  await kube.admin.mergePatch(SECRETS, { namespace: "demo", name: "s" }, { data: { secret: "dHdv" } });
  secrets.changed(KEY);
  secrets.changed("demo/other");
  await settle();
  const afterChange = reads();
  await clock.advance(5 * 60_000);

  assert.deepEqual([whileUnchanged - before, afterChange - before, reads() - before], [0, 1, 2]);
  assert.deepEqual(told, [`${KEY} found`, `${KEY} found`]);
});

test("a Secret that may not be read is unreadable, until the right is granted", async (t) => {
  const { clock, kube, secrets, unreadable, create } = await polling(t);
  await create("s");
  kube.network = () => Promise.reject(new KubeError("forbidden", { status: 403, reason: "Forbidden" }));
  secrets.refer("a", [KEY]);
  await settle();
  const refused = secrets.read(KEY).kind;

  kube.network = () => undefined;
  await clock.advance(10_000);

  assert.deepEqual([refused, secrets.read(KEY).kind], ["unreadable", "found"]);
  assert.deepEqual(unreadable, ["demo"]);
});

for (const { name, network } of [
  { name: "the API is away", network: () => Promise.reject(new KubeError("away", { status: 503, reason: "" })) },
  {
    name: "a proxy answers 404",
    network: async () => ({ status: 404, headers: {}, body: Buffer.from("404 page not found") }),
  },
]) {
  test(`what was known of a Secret stays known while ${name}`, async (t) => {
    const { clock, kube, secrets, failures, create } = await polling(t);
    await create("s");
    secrets.refer("a", [KEY]);
    await settle();

    kube.network = network;
    await clock.advance(60_000);

    assert.equal(secrets.read(KEY).kind, "found");
    assert.ok(failures.length > 0);
  });
}
