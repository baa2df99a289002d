// An informer that hears a hundred thousand events keeps the objects, not the events.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/app/system.ts";
import { createNetworkTransport } from "../../src/http/transport.ts";
import { createKubeClient } from "../../src/kube/client.ts";
import { createInformer } from "../../src/kube/informer.ts";
import { SECRETS, type Secret } from "../../src/resources/core.ts";

const EVENTS = 100_000;
const OBJECTS = 100;
const BATCH = 500;
const MAX_GROWTH_BYTES = 16 * 1024 * 1024;
const PADDING = "x".repeat(900);

function eventLine(version: number): string {
  const name = `s${version % OBJECTS}`;
  const metadata = { name, namespace: "n", resourceVersion: String(version), managedFields: [{ manager: PADDING }] };
  return `${JSON.stringify({ type: "MODIFIED", object: { apiVersion: "v1", kind: "Secret", metadata } })}\n`;
}

async function sendEvents(outgoing: ServerResponse): Promise<void> {
  for (let sent = 0; sent < EVENTS; sent += BATCH) {
    const lines = Array.from({ length: BATCH }, (_, place) => eventLine(sent + place + 1));
    await new Promise<void>((resolve) => void outgoing.write(lines.join(""), () => resolve()));
  }
}

/** Lists nothing, then tells every event in one watch that stays open. */
async function startServer() {
  const server = createServer(({ url = "" }, outgoing) => {
    outgoing.writeHead(200, { "content-type": "application/json" });
    if (url.includes("watch=true")) void sendEvents(outgoing);
    else outgoing.end('{"metadata":{"resourceVersion":"0"},"items":[]}');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function usedHeapBytes(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}

test("a hundred thousand events leave the memory where it was", async () => {
  const server = await startServer();
  const { transport, close } = createNetworkTransport({});
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createKubeClient({ transport, server: origin, userAgent: "test" });
  const stop = new AbortController();
  const options = { client, resource: SECRETS, clock: SYSTEM_CLOCK, random: SYSTEM_RANDOM, log: () => {} };
  const informer = createInformer<Secret>(options);
  const { promise: heard, resolve } = Promise.withResolvers<void>();
  let changes = 0;
  informer.subscribe(() => {
    changes += 1;
    if (changes === EVENTS) resolve();
  });
  const before = usedHeapBytes();

  const running = informer.run(stop.signal);
  await heard;
  const growth = usedHeapBytes() - before;

  assert.equal([...informer.values()].length, OBJECTS);
  assert.equal(
    [...informer.values()].every(({ metadata }) => metadata.managedFields === undefined),
    true,
  );
  assert.ok(growth < MAX_GROWTH_BYTES, `the heap grew by ${growth} bytes`);
  stop.abort();
  await running;
  close();
  server.closeAllConnections();
  server.close();
});
