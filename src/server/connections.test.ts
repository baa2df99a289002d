// How a listener ends its connections. Time stands still unless a test moves it: what closes does so without the grace.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { postText, RawConnection } from "../../test/support/raw-http.ts";
import { createTestClock } from "../../test/support/test-clock.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../app/system.ts";
import type { Clock } from "../clock.ts";
import { type Handler, jsonResponse } from "../http/message.ts";
import { createServingCertificate } from "../localkube/certificate.ts";
import { LISTENER_LIMITS } from "./limits.ts";
import { startListener } from "./listener.ts";

const { certPem: cert, keyPem: key } = createServingCertificate({ clock: SYSTEM_CLOCK, random: SYSTEM_RANDOM });
const TLS = { cert, key };
const BOUND = { timeout: 10_000 };
const GRACE_MS = 5_000;
const hello: Handler = async () => jsonResponse(200, "hello");

interface Served {
  readonly handler?: Handler;
  readonly tls?: typeof TLS | undefined;
  readonly clock?: Clock;
}

async function listening(t: TestContext, { handler = hello, tls, clock = createTestClock() }: Served) {
  const limits = { ...LISTENER_LIMITS, headersTimeoutMs: 200 };
  const onError = (error: unknown) => assert.fail(String(error));
  const listener = await startListener({ handler, host: "127.0.0.1", port: 0, tls, limits, clock, onError });
  t.after(() => listener.close(0));
  return listener;
}

/** A handler that tells when it is asked, and answers when it is told to. */
function heldHandler(answer: Handler) {
  const [asked, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const handler: Handler = async (request) => {
    asked.resolve();
    await go.promise;
    return answer(request);
  };
  return { handler, asked: asked.promise, go: go.resolve };
}

async function openTls(port: number) {
  const socket = connectTls({ port, host: "127.0.0.1", ca: cert, servername: "localhost" });
  socket.on("error", () => undefined);
  await once(socket, "secureConnect");
  return socket;
}

const SILENT = [
  { name: "a plain listener, silent", tls: undefined, sent: "" },
  { name: "a TLS listener, silent", tls: TLS, sent: "" },
  { name: "a TLS listener, in the middle of its handshake", tls: TLS, sent: "\x16\x03\x01" },
];

for (const { name, tls, sent } of SILENT) {
  test(`a connection to ${name}, does not keep it from closing`, BOUND, async (t) => {
    const listener = await listening(t, { tls });
    const connection = await RawConnection.open(listener.port);
    connection.write(sent);
    // Connections are accepted in the order they came.
    const other = await RawConnection.open(listener.port);
    other.socket.destroy();

    await listener.close(GRACE_MS);

    assert.equal(await connection.rest(), "");
  });
}

test("a connection that did nothing after its handshake does not keep the listener from closing", BOUND, async (t) => {
  const listener = await listening(t, { tls: TLS });
  const socket = await openTls(listener.port);
  const closed = once(socket.resume(), "close");

  await listener.close(GRACE_MS);

  await closed;
});

test("a handshake that does not end is given up, without a word", BOUND, async (t) => {
  const listener = await listening(t, { tls: TLS });
  const connection = await RawConnection.open(listener.port);

  const rest = await connection.rest();

  assert.equal(rest, "");
});

test("a request over TLS that is under way is answered before its listener closes", BOUND, async (t) => {
  const { handler, asked, go } = heldHandler(hello);
  const listener = await listening(t, { tls: TLS, handler });
  const socket = await openTls(listener.port);
  let received = "";
  socket.on("data", (chunk) => (received += chunk));
  socket.write(postText("/", ""));
  await asked;

  const closed = listener.close(GRACE_MS);
  go();
  await closed;
  await once(socket, "close");

  assert.match(received, /^HTTP\/1.1 200 OK\r\n.*\r\n\r\n"hello"\n$/s);
});

test("a request of which a part has come is waited for", BOUND, async (t) => {
  const listener = await listening(t, {});
  const connection = await RawConnection.open(listener.port);
  const [head = "", tail = ""] = postText("/", "body").split("\r\n\r\n");
  connection.write(`GET / HTTP/1.1\r\nHost: a\r\n\r\n${head}`);
  await connection.answer();

  const closed = listener.close(GRACE_MS);
  connection.write(`\r\n\r\n${tail}`);
  const { status } = await connection.answer();
  await closed;

  assert.equal(status, 200);
});

test("the connection of an answer that began before the closing ends with the answer", BOUND, async (t) => {
  const go = Promise.withResolvers<void>();
  async function* body() {
    yield Buffer.from("begun");
    await go.promise;
    yield Buffer.from(" ended");
  }
  const listener = await listening(t, { handler: async () => ({ status: 200, headers: {}, body: body() }) });
  const connection = await RawConnection.open(listener.port);
  connection.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await once(connection.socket, "data");

  const closed = listener.close(GRACE_MS);
  go.resolve();
  await closed;

  assert.match(await connection.rest(), /begun.* ended.*\r\n0\r\n\r\n$/s);
});

test("a request over TLS that does not end is cut after the grace", BOUND, async (t) => {
  const { handler, asked } = heldHandler(hello);
  const clock = createTestClock();
  const listener = await listening(t, { tls: TLS, handler, clock });
  const socket = await openTls(listener.port);
  socket.write(postText("/", ""));
  await asked;

  const cut = once(socket.resume(), "close");
  const closed = listener.close(GRACE_MS);
  await clock.advance(GRACE_MS);
  await closed;

  await cut;
  assert.equal(socket.bytesRead, 0);
});
