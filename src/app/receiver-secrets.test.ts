// The Secrets of receivers where not all Secrets may be read, against the embedded API, which a test may have refuse.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startKube, type TestKube } from "../../test/support/kube.ts";
import { settle, until } from "../../test/support/settle.ts";
import { createTestClock, HALF } from "../../test/support/test-clock.ts";
import { KubeError } from "../errors.ts";
import { NAMESPACES, type Namespace, SECRETS, type Secret } from "../resources/core.ts";
import { createTroubles } from "../telemetry/troubles.ts";
import { followReceiverSecrets } from "./receiver-secrets.ts";
import { beginWork } from "./work.ts";

const KEY = { namespace: "demo", name: "s" };
const REVIEWS = "/selfsubjectaccessreviews";

async function following(t: TestContext) {
  const clock = createTestClock();
  const stop = new AbortController();
  const kube = await startKube({ clock, random: HALF, signal: stop.signal });
  await kube.admin.create<Namespace>(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: "demo" } });
  await kube.admin.create<Secret>(SECRETS, { apiVersion: "v1", kind: "Secret", metadata: KEY });
  const running = beginWork(clock);
  const lines: string[] = [];
  t.after(async () => {
    const ended = running.end(1_000);
    await clock.advance(1_000);
    await ended;
    stop.abort();
  });
  const log = (line: string) => void lines.push(line);
  const troubles = createTroubles({ clock, log, signal: running.signal, meanwhile: () => "asking again" });
  const follow = () => {
    const secrets = followReceiverSecrets({ client: kube.client, clock, random: HALF, log, troubles, running });
    secrets.refer("demo/demo", ["demo/s"]);
    return {
      value: () => {
        const known = secrets.read("demo/s");
        return known.kind === "found" ? known.secret.data?.["secret"] : known.kind;
      },
    };
  };
  return {
    clock,
    kube,
    lines,
    follow,
    change: (value: string) => kube.admin.mergePatch(SECRETS, KEY, { data: { secret: value } }),
    reviews: () => kube.requests.filter((line) => line.endsWith(REVIEWS)).length,
  };
}

const MAY_NOT =
  'may not "list" and "watch" secrets: those of receivers are read one by one, and a changed one is seen within 10 s, with more than 500 of them later';
const MAY_NOW = "secrets may be watched now: a changed one is seen at once";

/** Answers each question of what we may do, and refuses lists and watches of Secrets where we may not. */
function granting({ isGranted }: { readonly isGranted: () => boolean }): TestKube["network"] {
  return async ({ url }) => {
    const allowed = isGranted();
    const review = { kind: "SelfSubjectAccessReview", status: { allowed } };
    if (url.includes(REVIEWS)) return { status: 201, headers: {}, body: Buffer.from(JSON.stringify(review)) };
    const isList = /\/v1\/secrets(\?|$)/.test(url);
    return isList && !allowed ? answering(403)() : undefined;
  };
}

const answering = (status: number) => () => Promise.reject(new KubeError("no", { status, reason: "" }));

test("where Secrets may be watched, a changed one is read at once", async (t) => {
  const it = await following(t);
  const secrets = it.follow();
  await it.clock.advance(1_000);

  await it.change("dHdv");
  await until(() => secrets.value() === "dHdv");

  assert.deepEqual(it.lines, []);
});

test("where Secrets may not be watched, that is said, and a changed one is read within 10 s", async (t) => {
  const it = await following(t);
  it.kube.network = granting({ isGranted: () => false });
  const secrets = it.follow();
  await it.clock.advance(1_000);

  await it.change("dHdv");
  await settle();
  const atOnce = secrets.value();
  await it.clock.advance(10_000);

  assert.deepEqual([atOnce, secrets.value()], [undefined, "dHdv"]);
  assert.deepEqual(it.lines, [MAY_NOT]);
});

test("a watch that is granted later is begun, one that is withdrawn is given up, and each is said", async (t) => {
  const it = await following(t);
  let isGranted = false;
  it.kube.network = granting({ isGranted: () => isGranted });
  const secrets = it.follow();
  await it.clock.advance(1_000);

  isGranted = true;
  await it.clock.advance(5 * 60_000);
  await it.change("dHdv");
  await until(() => secrets.value() === "dHdv");
  isGranted = false;
  await it.clock.advance(5 * 60_000);
  await it.change("ZHJlaQ==");
  await it.clock.advance(10_000);

  assert.equal(secrets.value(), "ZHJlaQ==");
  assert.deepEqual(it.lines, [MAY_NOT, MAY_NOW, MAY_NOT]);
});

for (const status of [403, 404]) {
  test(`an API that answers ${status} when asked what is granted is not asked again for minutes, and Secrets are read every 10 s`, async (t) => {
    const it = await following(t);
    it.kube.network = ({ url }) => (url.includes(REVIEWS) ? answering(status)() : undefined);
    const secrets = it.follow();
    await it.clock.advance(1_000);
    await it.change("dHdv");

    await it.clock.advance(60_000);

    assert.deepEqual([it.reviews(), secrets.value()], [2, "dHdv"]);
    assert.deepEqual(it.lines, [
      "cannot ask whether secrets may be watched (no): those of receivers are read one by one, and a changed one is seen within 10 s, with more than 500 of them later",
    ]);
  });
}

for (const status of [401, 503]) {
  test(`an API that answers ${status} is asked again until it says what is granted, and told of once`, async (t) => {
    const it = await following(t);
    it.kube.network = ({ url }) => (url.includes(REVIEWS) ? answering(status)() : undefined);
    const secrets = it.follow();
    await it.clock.advance(60_000);
    const whileAway = it.reviews();

    it.kube.network = () => undefined;
    await it.clock.advance(10_000);
    await it.change("dHdv");
    await until(() => secrets.value() === "dHdv");

    assert.ok(whileAway > 10, String(whileAway));
    assert.equal(it.lines.length, 2);
    assert.match(it.lines[0] ?? "", /^(API server away|asking whether secrets may be watched fails): no; /);
    assert.match(it.lines[1] ?? "", /^(API server back|asking whether secrets may be watched works again) after /);
  });
}

test("a namespace whose Secrets may not be read is named once", async (t) => {
  const it = await following(t);
  it.kube.network = ({ url }) => (url.includes("/namespaces/demo/secrets/") ? answering(403)() : undefined);
  it.follow();

  await it.clock.advance(60_000);

  assert.equal(it.lines.length, 1);
  assert.match(it.lines[0] ?? "", /^may not "get" secrets in demo: until that is granted/);
});
