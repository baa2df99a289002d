// The README's walk on a real API server with `dockbell serve`: manifests by kubectl, a push, its webhook, the refresh,
// the discovery, the Freight; then what operators do to it. The tests build on one another.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { FREIGHTS, type Freight } from "../../src/resources/freight.ts";
import { eventually } from "../support/dockbell.ts";
import { postText, RawConnection } from "../support/raw-http.ts";
import type { Replica } from "../support/replica.ts";
import { openServeDesk, PROJECT, type ServeDesk } from "../support/serve-desk.ts";

let desk: ServeDesk;
let dockbell: Replica;
let path = "";
after(() => desk?.dispose());

test("a push is refreshed, discovered and made Freight", async () => {
  desk = await openServeDesk();
  dockbell = desk.replica("dockbell-0");
  await desk.push("1.0.0");
  await dockbell.start();
  await desk.kubectl("apply -f -", desk.manifests);
  path = await desk.receiverPath();
  await desk.untilDiscovered("1.0.0");

  await desk.push("1.1.0");
  const answer = await dockbell.post(path, desk.webhook("1.1.0"));

  assert.deepEqual(answer, { status: 200, text: '{"msg":"refreshed 1 warehouse(s)"}\n' });
  await desk.untilDiscovered("1.1.0");
  const { status, metadata } = await desk.warehouse();
  assert.equal(status?.lastHandledRefresh, metadata.annotations?.["kargo.akuity.io/refresh"]);
  const key = { namespace: PROJECT, name: status?.lastFreightID ?? "" };
  const freight = await desk.client.get<Freight>(FREIGHTS, key);
  assert.equal(freight?.images?.[0]?.tag, "1.1.0");
});

test("the receiver's URL is what kubectl is told to print", async () => {
  const shown = await desk.kubectl(
    `get projectconfigs ${PROJECT} -n ${PROJECT} -o=jsonpath={.status.webhookReceivers[0].url}`,
  );

  assert.equal(shown, `https://dockbell.example.com${path}`);
  assert.ok(!dockbell.output().includes(path));
});

test("health and readiness are told to everybody, deliveries to who has the token", async () => {
  await eventually(
    async () => /discovered/.test((await dockbell.admin("/api/v1/deliveries")).text),
    () => dockbell.output(),
  );

  const answers = [
    await dockbell.get("/healthz"),
    await dockbell.get("/readyz"),
    await dockbell.admin("/readyz", "wrong"),
    await dockbell.admin("/api/v1/deliveries", "wrong"),
  ];

  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 404, 200, 401],
  );
  const { ready, checks } = JSON.parse((await dockbell.admin("/readyz")).text);
  assert.equal(ready, true);
  assert.ok(checks.every(({ ok }: { ok: boolean }) => ok));
});

test("a rotated Secret gives another URL, and the old one is not known any more", async () => {
  const rotated = `{"stringData":{"secret":"another-secret-of-32-characters-x"}}`;
  await desk.kubectl(`patch secret dh-wh-secret -n ${PROJECT} -p ${rotated}`);
  const old = path;
  await eventually(
    async () => (await desk.receiverPath()) !== old,
    () => dockbell.output(),
  );
  path = await desk.receiverPath();

  await eventually(
    async () => (await dockbell.post(path, desk.webhook("1.1.0"))).status === 200,
    () => dockbell.output(),
  );

  assert.equal((await dockbell.post(old, desk.webhook("1.1.0"))).status, 404);
});

test("a clean restart keeps receivers and deliveries", async () => {
  const before = (await dockbell.admin("/api/v1/deliveries")).text;

  const code = await dockbell.stop("SIGTERM");
  await dockbell.start();

  assert.equal(code, 0);
  await desk.push("1.2.0");
  const { status } = await dockbell.post(path, desk.webhook("1.2.0"));
  assert.ok(status === 200 || status === 202);
  await desk.untilDiscovered("1.2.0");
  const ids = (text: string) => JSON.parse(text).deliveries.map(({ id }: { id: string }) => id);
  const [, ...earlier] = ids((await dockbell.admin("/api/v1/deliveries")).text);
  assert.deepEqual(earlier, ids(before));
});

test("a webhook under way when the process is told to end is answered, and the process is not ready meanwhile", async () => {
  const body = desk.webhook("1.3.0");
  await desk.push("1.3.0");
  const connection = await RawConnection.open(dockbell.port());
  const request = postText(path, body);
  connection.write(request.slice(0, -body.length / 2));

  const ended = dockbell.stop("SIGTERM");
  await eventually(
    async () => (await dockbell.admin("/readyz")).status === 503,
    () => dockbell.output(),
  );
  connection.write(request.slice(-body.length / 2));
  const { status } = await connection.answer();
  const code = await ended;
  await dockbell.start();

  assert.ok(status === 200 || status === 202);
  assert.equal(code, 0);
  await desk.untilDiscovered("1.3.0");
});

test("a deleted namespace takes its receivers along, and the process goes on", async () => {
  const controllers = new AbortController();
  const played = desk.api.playControllers(controllers.signal);

  await desk.kubectl(`delete namespace ${PROJECT} --timeout=20s`);
  await eventually(
    async () => (await dockbell.post(path, desk.webhook("1.2.0"))).status === 404,
    () => dockbell.output(),
  );
  controllers.abort();
  await played;
  await desk.kubectl("apply -f -", desk.manifests);

  path = await desk.receiverPath();
  await desk.untilDiscovered("1.3.0");
  assert.equal((await dockbell.post(path, desk.webhook("1.3.0"))).status, 200);
});
