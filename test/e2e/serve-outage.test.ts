// `dockbell serve` while its API server is frozen or gone: webhooks are accepted, also after a restart of its own, and
// every one of them is discovered once the server is back. The tests build on one another.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { quotesOf } from "../support/pages.ts";
import type { Replica } from "../support/replica.ts";
import { openServeDesk, type ServeDesk } from "../support/serve-desk.ts";

let desk: ServeDesk;
let dockbell: Replica;
let path = "";
after(() => desk?.dispose());

async function prepare(): Promise<void> {
  desk = await openServeDesk();
  dockbell = desk.replica("dockbell-0");
  await desk.push("1.0.0");
  await dockbell.start();
  await desk.kubectl("apply -f -", desk.manifests);
  path = await desk.receiverPath();
  await desk.untilDiscovered("1.0.0");
}

test("a frozen API server holds up no answer, and the push is discovered after the thaw", async () => {
  await prepare();
  await desk.push("1.1.0");

  await desk.api.control("pause");
  const { status } = await dockbell.post(path, desk.webhook("1.1.0"));
  const health = (await dockbell.get("/healthz")).status;
  const readiness = (await dockbell.admin("/readyz")).status;
  await desk.api.control("resume");

  assert.deepEqual([status, health, readiness], [202, 200, 200]);
  await desk.untilDiscovered("1.1.0");
});

test("a replica that starts while the API server is gone accepts what it remembers, and catches up", async () => {
  await desk.push("1.2.0");
  await desk.api.control("kill");
  await dockbell.stop("SIGTERM");

  await dockbell.start("--answer-within", "0s");
  const remembered = await dockbell.post(path, desk.webhook("1.2.0"));
  const unknown = await dockbell.post(`${path}x`, desk.webhook("1.2.0"));
  const health = (await dockbell.get("/healthz")).status;
  const readiness = JSON.parse((await dockbell.admin("/readyz")).text);
  await desk.api.control("start");

  assert.deepEqual([remembered.status, unknown.status, health, readiness.ready], [202, 503, 200, true]);
  assert.ok(
    readiness.checks.some(({ name, ok }: { name: string; ok: boolean }) => name === "warehouses listed" && !ok),
  );
  await desk.untilDiscovered("1.2.0");
  const quotes = quotesOf("docs/troubleshooting.md", "serve: API server away");
  assert.deepEqual(
    quotes.filter((quote) => !quote.test(dockbell.output())),
    [],
  );
  // Each watch that the server forgot is begun again.
  assert.doesNotMatch(dockbell.output(), /resource version/);
});

test("a replica that knows no receiver is not ready while the API server is gone, and then is", async () => {
  await desk.api.control("kill");
  const fresh = desk.replica("dockbell-1");

  await fresh.start();
  const before = [(await fresh.get("/healthz")).status, (await fresh.admin("/readyz")).status];
  const refused = await fresh.post(path, desk.webhook("1.2.0"));
  await desk.api.control("start");

  assert.deepEqual([...before, refused.status], [200, 503, 503]);
  await desk.push("1.3.0");
  await desk.untilAnswered(fresh, path, "1.3.0");
  await desk.untilDiscovered("1.3.0");
  assert.equal((await fresh.admin("/readyz")).status, 200);
});
