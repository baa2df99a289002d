// Bodies and connections that are huge, slow, cut or broken, on a real socket:
// docs/compatibility.md, sections 3.2 and 3.3.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { postText, RawConnection } from "../../test/support/raw-http.ts";
import { openReceiverSocket, type ReceiverSocket } from "../../test/support/receiver-socket.ts";
import { createWarehouse, image, PATH, payload, receivingFor, verdicts } from "../../test/support/receiving.ts";
import { LISTENER_LIMITS } from "../server/limits.ts";
import { MAX_BODY_BYTES } from "./answers.ts";

let socket: ReceiverSocket;

before(async () => {
  socket = await openReceiverSocket();
  const { kube } = socket.receiving;
  await createWarehouse(kube, "w", image("example/app", { constraint: "^1.0.0" }));
});

after(() => socket.close());

const PUSH = payload("example/app", "1.2.3");

function lastBody(): string {
  const row = socket.receiving.database.read((db) =>
    db.prepare("SELECT body FROM delivery ORDER BY sequence DESC LIMIT 1").get(),
  );
  return Buffer.from(row?.["body"] as Uint8Array).toString();
}

test("a delivery arrives when its body is there: its time and its place in the log are of one order", async (t) => {
  const { clock, database, receiver, push } = await receivingFor(t);
  const { promise: isSent, resolve: send } = Promise.withResolvers<void>();
  const readUpTo = () => isSent.then(() => ({ bytes: Buffer.from(payload("example/app", "1.0.0")) }));
  const answered = receiver({ method: "POST", url: PATH, headers: {}, body: { readUpTo } });
  await clock.advance(20_000);
  await push("example/app", "2.0.0");
  await clock.advance(10_000);

  send();
  await answered;

  const rows = database.read((db) => db.prepare("SELECT tags, arrived_at FROM delivery ORDER BY sequence").all());
  assert.deepEqual(
    rows.map(({ tags }) => tags),
    ['["2.0.0"]', '["1.0.0"]'],
  );
  const [first, second] = rows.map((row) => Number(row["arrived_at"]));
  assert.equal(Number(second) - Number(first), 10_001);
});

test("a body of exactly the limit is read", async () => {
  const open = '{"x":"';
  const body = `${open}${"x".repeat(MAX_BODY_BYTES - open.length - 2)}"}`;

  const { status } = await socket.send(postText(PATH, body));

  assert.equal(status, 200);
});

test("a body that announces more than the limit is refused before it arrives", async () => {
  const connection = await RawConnection.open(socket.port);
  connection.write(`POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${MAX_BODY_BYTES + 1}\r\n\r\n`);

  const { status, headers, body } = await connection.answer();

  assert.deepEqual([status, body], [413, '{"error":"content exceeds limit of 2097152 bytes"}\n']);
  assert.equal(headers.get("connection"), "close");
  assert.equal(await connection.rest(), "");
});

test("a refused sender that goes on sending can read its answer", async () => {
  const connection = await RawConnection.open(socket.port);
  const length = 8 * 1024 * 1024;
  connection.write(`POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`);
  connection.write(Buffer.alloc(length));

  const { status } = await connection.answer();

  assert.equal(status, 413);
  connection.socket.destroy();
});

test("no 100 is sent before a refusal, and one before a body that is read", async () => {
  const announced = (length: number) =>
    `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\n\r\n`;
  const patient = await RawConnection.open(socket.port);
  patient.write(announced(PUSH.length));
  const go = await patient.answer();
  patient.write(PUSH);

  const statuses = [
    go.status,
    (await patient.answer()).status,
    (await socket.send(announced(MAX_BODY_BYTES + 1))).status,
  ];

  assert.deepEqual(statuses, [100, 200, 413]);
  patient.socket.destroy();
});

test("a chunked body over the limit is 413, not Kargo's 500", async () => {
  const connection = await RawConnection.open(socket.port);
  connection.write(`POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n`);
  connection.write(`${(MAX_BODY_BYTES + 1).toString(16)}\r\n${"x".repeat(MAX_BODY_BYTES + 1)}\r\n0\r\n\r\n`);

  const { status, body } = await connection.answer();

  assert.deepEqual([status, body], [413, '{"error":"content exceeds limit of 2097152 bytes"}\n']);
  assert.match(lastBody(), /^x{65536}$/);
  connection.socket.destroy();
});

test("a chunked body is read", async () => {
  const half = PUSH.length >> 1;
  const chunks = [PUSH.slice(0, half), PUSH.slice(half)].map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);

  const { status } = await socket.send(
    `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${chunks.join("")}0\r\n\r\n`,
  );

  assert.equal(status, 200);
});

test("a body that ends early is 500 and recorded as refused, as far as it came", async () => {
  const connection = await RawConnection.open(socket.port);
  connection.write(`POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{`);
  connection.socket.end();

  const { status, body } = await connection.answer();

  assert.deepEqual([status, body], [500, "{}\n"]);
  assert.equal(verdicts(socket.receiving).at(-1), "refused the body was cut short");
  assert.equal(lastBody(), "{");
});

test("a malformed chunk is 500", async () => {
  const { status, body } = await socket.send(
    `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
  );

  assert.deepEqual([status, body], [500, "{}\n"]);
  await socket.assertAlive();
});

test("a body that stops arriving is 408 and the connection closes", async () => {
  const connection = await RawConnection.open(socket.port);
  connection.write(`POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{`);

  const { status, headers, body } = await connection.answer();

  assert.deepEqual([status, body], [408, '{"error":"request body did not arrive in time"}\n']);
  assert.equal(headers.get("connection"), "close");
  await connection.rest();
});

test("headers that stop arriving close the connection without a byte", async () => {
  const connection = await RawConnection.open(socket.port);
  connection.write(`POST ${PATH} HTTP/1.1\r\nHost: loc`);

  assert.equal(await connection.rest(), "");
  await socket.assertAlive();
});

test("a client that leaves in the middle of its body harms nobody", async () => {
  const connection = await RawConnection.open(socket.port);
  connection.write(`POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{`);

  connection.socket.resetAndDestroy();

  await socket.assertAlive();
});

test("many connections at once are all answered", async (t) => {
  // A busy machine needs longer than the others' patience to open them all.
  const patient = await openReceiverSocket(LISTENER_LIMITS);
  t.after(() => patient.close());
  await createWarehouse(patient.receiving.kube, "w", image("example/app", { constraint: "^1.0.0" }));

  const answers = await Promise.all(
    Array.from({ length: 300 }, () => patient.send(postText(PATH, payload("example/app", "1.2.3")))),
  );

  assert.deepEqual(new Set(answers.map(({ status }) => Math.floor(status / 100))), new Set([2]));
});

test("requests behind one another on one connection are answered in order", async () => {
  const connection = await RawConnection.open(socket.port);
  connection.write(postText(PATH, PUSH) + postText("/x", "") + postText(PATH, "{"));

  const statuses = [
    (await connection.answer()).status,
    (await connection.answer()).status,
    (await connection.answer()).status,
  ];

  assert.deepEqual(statuses, [200, 404, 400]);
  connection.socket.destroy();
});
