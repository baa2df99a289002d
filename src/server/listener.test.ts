import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { postText, RawConnection } from "../../test/support/raw-http.ts";
import { SYSTEM_CLOCK } from "../app/system.ts";
import { InputError } from "../errors.ts";
import {
  type BodyIncompleteError,
  type BodyRead,
  type Handler,
  jsonResponse,
  readBody,
  readBodyUpTo,
} from "../http/message.ts";
import { LISTENER_LIMITS, type ListenerLimits } from "./limits.ts";
import { type Listener, startListener } from "./listener.ts";

const QUICK: ListenerLimits = { ...LISTENER_LIMITS, checkEveryMs: 20, lingerMs: 50 };

async function listening(
  t: TestContext,
  handler: Handler,
  limits: Partial<ListenerLimits> = {},
): Promise<{ listener: Listener; errors: unknown[] }> {
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const listener = await startListener({
    handler,
    host: "127.0.0.1",
    port: 0,
    limits: { ...QUICK, ...limits },
    clock: SYSTEM_CLOCK,
    onError,
  });
  t.after(() => listener.close(0));
  return { listener, errors };
}

const echo: Handler = async ({ body }) => jsonResponse(200, Buffer.from(await readBody(body, 1_000_000)).toString());

test("a steady drip is cut by the time of the whole request", async (t) => {
  const { listener } = await listening(t, echo, {
    requestTimeoutMs: 250,
    headersTimeoutMs: 200,
    bodyIdleTimeoutMs: 200,
  });
  const connection = await RawConnection.open(listener.port);
  connection.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
  const drip = setInterval(() => connection.write("x"), 20);
  t.after(() => clearInterval(drip));

  const { status } = await connection.answer();

  assert.equal(status, 408);
});

test("what cannot be read behind a request leaves that one's answer alone, and ends the connection", async (t) => {
  const { listener } = await listening(t, echo);
  const connection = await RawConnection.open(listener.port);

  connection.write(`${postText("/", "a")}nonsense\r\n\r\n`);

  const { status, body } = await connection.answer();
  assert.deepEqual([status, body, await connection.rest()], [200, '"a"\n', ""]);
});

test("an answer may take longer than a body may be silent", async (t) => {
  const slow: Handler = async ({ body }) => {
    await readBody(body, 1_000);
    await SYSTEM_CLOCK.sleep(200);
    return jsonResponse(200, "late");
  };
  const { listener } = await listening(t, slow, { bodyIdleTimeoutMs: 50 });
  const connection = await RawConnection.open(listener.port);

  connection.write(postText("/", "a"));

  assert.equal((await connection.answer()).body, '"late"\n');
  connection.socket.destroy();
});

test("an idle connection is closed, and a connection that works is not", async (t) => {
  const { listener } = await listening(t, echo, { keepAliveTimeoutMs: 200 });
  const connection = await RawConnection.open(listener.port);
  connection.write(postText("/", "a"));
  const first = await connection.answer();
  connection.write(postText("/", "b"));
  const second = await connection.answer();

  const rest = await connection.rest();

  assert.deepEqual([first.body, second.body, rest], ['"a"\n', '"b"\n', ""]);
});

test("connections beyond the limit are closed, those within it are served", async (t) => {
  const { listener } = await listening(t, echo, { maxConnections: 2 });
  const [first, second] = [await RawConnection.open(listener.port), await RawConnection.open(listener.port)];
  const third = await RawConnection.open(listener.port);
  assert.equal(await third.rest(), "");

  first.write(postText("/", "a"));

  assert.equal((await first.answer()).status, 200);
  for (const one of [first, second]) one.socket.destroy();
});

test("a handler that throws is a 500 without a word about why, and the fault is reported", async (t) => {
  const fault = new Error("secret");
  const { listener, errors } = await listening(t, () => Promise.reject(fault));
  const connection = await RawConnection.open(listener.port);
  connection.write(postText("/", "a"));

  const { status, body } = await connection.answer();

  assert.deepEqual([status, body, errors], [500, "{}\n", [fault]]);
  connection.socket.destroy();
});

test("closing waits for what is under way, and closes its connection after the answer", async (t) => {
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
  const { promise: go, resolve: answerNow } = Promise.withResolvers<void>();
  const { listener } = await listening(t, async () => {
    onAsked();
    await go;
    return jsonResponse(200, "done");
  });
  const connection = await RawConnection.open(listener.port);
  connection.write(postText("/", ""));
  await asked;

  const closed = listener.close(5_000);
  answerNow();
  const { headers, body } = await connection.answer();
  await closed;

  assert.deepEqual([headers.get("connection"), body], ["close", '"done"\n']);
  assert.equal(await connection.rest(), "");
});

test("closing does not wait for ever", async (t) => {
  const { listener } = await listening(t, () => new Promise(() => undefined));
  const connection = await RawConnection.open(listener.port);
  connection.write(postText("/", ""));

  await listener.close(50);

  assert.equal(await connection.rest(), "");
});

test("a body that still arrives when the closing has waited long enough is cut, and not taken for its sender's fault", async (t) => {
  const { promise: read, resolve: onRead } = Promise.withResolvers<BodyRead>();
  const { listener, errors } = await listening(t, async ({ body }) => {
    onRead(await readBodyUpTo(body, 1_000));
    return jsonResponse(503, {});
  });
  const connection = await RawConnection.open(listener.port);
  connection.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx");
  await SYSTEM_CLOCK.sleep(50);

  await listener.close(50);

  const { bytes, error } = await read;
  assert.equal(Buffer.from(bytes).toString(), "x");
  assert.equal((error as BodyIncompleteError).fault, "not awaited");
  assert.equal(await connection.rest(), "");
  assert.deepEqual(errors, []);
});

test("an address in use is refused with a sentence", async (t) => {
  const { listener } = await listening(t, echo);

  const second = startListener({
    handler: echo,
    host: "127.0.0.1",
    port: listener.port,
    clock: SYSTEM_CLOCK,
    onError: () => undefined,
  });

  await assert.rejects(
    second,
    (error) => error instanceof InputError && /^127\.0\.0\.1:\d+ is in use$/.test(error.message),
  );
});
