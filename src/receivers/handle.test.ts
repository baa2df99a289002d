// Every row of kargo-behaviour.md, sections 3 and 13.3, on a real socket, with the design's corrections.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { postText, RawConnection, rawRequest } from "../../test/support/raw-http.ts";
import {
  createWarehouse,
  image,
  PATH,
  payload,
  publishReceiver,
  type Receiving,
  startReceiving,
  verdicts,
} from "../../test/support/receiving.ts";
import { LISTENER_LIMITS } from "../server/limits.ts";
import { type Listener, startListener } from "../server/listener.ts";
import { MAX_BODY_BYTES } from "./answers.ts";

let receiving: Receiving;
let listener: Listener;
const errors: unknown[] = [];
const LIMITS = { ...LISTENER_LIMITS, bodyIdleTimeoutMs: 150, headersTimeoutMs: 300, checkEveryMs: 20, lingerMs: 100 };
const PREFIXED = "/webhooks/dockerhub/fedcba98";

before(async () => {
  receiving = await startReceiving();
  await createWarehouse(receiving.kube, "w", image("example/app", { constraint: "^1.0.0" }));
  await publishReceiver(receiving.kube, "prefixed", PREFIXED);
  await createWarehouse(receiving.kube, "w", image("example/app"), "prefixed");
  const handler = (request: Parameters<typeof receiving.receiver>[0]) => receiving.receiver(request);
  const onError = (error: unknown) => void errors.push(error);
  listener = await startListener({ handler, host: "127.0.0.1", port: 0, limits: LIMITS, onError });
});

after(async () => {
  await listener.close(0);
  receiving.dispose();
});

const send = (text: string | Uint8Array) => rawRequest(listener.port, text);
const PUSH = payload("example/app", "1.2.3");

/** Whatever was sent before, the process answers. */
async function assertAlive(): Promise<void> {
  const { status } = await send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  assert.equal(status, 200);
}

test("a push is answered with Kargo's words and headers, and the delivery's id", async () => {
  const { status, headers, body } = await send(postText(PATH, PUSH));

  assert.deepEqual([status, body], [200, '{"msg":"refreshed 1 warehouse(s)"}\n']);
  assert.deepEqual([...headers.keys()].sort(), ["content-length", "content-type", "date", "dockbell-delivery"]);
  assert.match(
    headers.get("dockbell-delivery") ?? "",
    /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  );
});

const REFUSED_TAG = payload("example/app", "2.0.0");
const ANSWERS: readonly { readonly name: string; readonly text: string; readonly expected: string }[] = [
  {
    name: "a push nobody wants",
    text: postText(PATH, REFUSED_TAG),
    expected: '200 {"msg":"refreshed 0 warehouse(s)"}\n',
  },
  {
    name: "a query and another content type",
    text: postText(`${PATH}?x=%zz`, PUSH, ["Content-Type: text/x"]),
    expected: '200 {"msg":"refreshed 1 warehouse(s)"}\n',
  },
  {
    name: "%2F for a slash",
    text: postText(PATH.replace(/\/(?=[^/]*$)/, "%2F"), PUSH),
    expected: '200 {"msg":"refreshed 1 warehouse(s)"}\n',
  },
  {
    name: "a percent-encoded letter",
    text: postText(PATH.replace("d", "%64"), PUSH),
    expected: '200 {"msg":"refreshed 1 warehouse(s)"}\n',
  },
  {
    name: "a target in absolute form",
    text: `POST http://elsewhere.example.com${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${PUSH.length}\r\n\r\n${PUSH}`,
    expected: '200 {"msg":"refreshed 1 warehouse(s)"}\n',
  },
  {
    name: "the base URL's prefix kept by the proxy",
    text: postText(PREFIXED, PUSH),
    expected: '200 {"msg":"refreshed 1 warehouse(s)"}\n',
  },
  {
    name: "the base URL's prefix stripped by the proxy",
    text: postText(PREFIXED.slice("/webhooks".length), PUSH),
    expected: '200 {"msg":"refreshed 1 warehouse(s)"}\n',
  },
  { name: "a body that is no JSON", text: postText(PATH, "{"), expected: '400 {"error":"invalid request body"}\n' },
  { name: "an empty body", text: postText(PATH, ""), expected: '400 {"error":"invalid request body"}\n' },
  {
    name: "a compressed body",
    text: postText(PATH, "\u001f\u008b\b", ["Content-Encoding: gzip"]),
    expected: '400 {"error":"invalid request body"}\n',
  },
  { name: "an unknown path", text: postText("/dockerhub/unknown", PUSH), expected: "404 {}\n" },
  { name: "a trailing slash", text: postText(`${PATH}/`, PUSH), expected: "404 {}\n" },
  { name: "another letter case", text: postText(PATH.toUpperCase(), PUSH), expected: "404 {}\n" },
  { name: "the root", text: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", expected: "404 {}\n" },
  { name: "GET at an unknown path", text: "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n", expected: "404 {}\n" },
  { name: "DELETE at an unknown path", text: "DELETE /x HTTP/1.1\r\nHost: localhost\r\n\r\n", expected: "404 {}\n" },
  {
    name: "bytes that are no UTF-8 in the path",
    text: "GET /%ff HTTP/1.1\r\nHost: localhost\r\n\r\n",
    expected: "404 {}\n",
  },
  { name: "OPTIONS *", text: "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", expected: "404 {}\n" },
  { name: "health", text: "GET /healthz?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n", expected: "200 " },
  { name: "health by POST", text: postText("/healthz", ""), expected: "200 " },
  { name: "health with a slash", text: "GET /healthz/ HTTP/1.1\r\nHost: localhost\r\n\r\n", expected: "404 {}\n" },
  { name: "health in capitals", text: "GET /Healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", expected: "404 {}\n" },
  { name: "a broken escape in the path", text: postText("/%zz", PUSH), expected: "400 400 Bad Request" },
  { name: "no Host", text: `POST ${PATH} HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}`, expected: "400 " },
  { name: "no HTTP at all", text: "hello\r\n\r\n", expected: "400 400 Bad Request" },
  {
    name: "two lengths",
    text: `POST ${PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
    expected: "400 400 Bad Request",
  },
  {
    name: "length and chunks",
    text: `POST ${PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
    expected: "400 400 Bad Request",
  },
  { name: "an expectation nobody knows", text: postText(PATH, PUSH, ["Expect: magic"]), expected: "417 " },
  {
    name: "headers over the limit",
    text: postText(PATH, PUSH, [`X: ${"x".repeat(LIMITS.maxHeaderBytes)}`]),
    expected: "431 431 Request Header Fields Too Large",
  },
  {
    name: "a line over the limit",
    text: postText(`/${"x".repeat(LIMITS.maxHeaderBytes)}`, PUSH),
    expected: "431 431 Request Header Fields Too Large",
  },
];

for (const { name, text, expected } of ANSWERS) {
  test(`the answer to ${name} is ${expected.slice(0, 3)}`, async () => {
    const { status, body } = await send(text);

    assert.equal(`${status} ${body}`, expected);
    await assertAlive();
  });
}

for (const method of ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]) {
  test(`${method} at a receiver's path is 405 and refreshes nothing`, async () => {
    const before = receiving.kube.requests.length;

    const connection = await RawConnection.open(listener.port);
    connection.write(`${method} ${PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    const text = await connection.rest();

    assert.match(text, /^HTTP\/1\.1 405 /);
    assert.match(text, /\r\nallow: POST\r\n/i);
    assert.deepEqual(
      receiving.kube.requests.slice(before).filter((line) => line.startsWith("PATCH")),
      [],
    );
  });
}

test("an unclean path is redirected to its clean form, with the query, as Go's server does", async () => {
  const got = await send("GET /a/..//x?y=1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const posted = await send(postText(`/${PATH}`, PUSH));

  assert.deepEqual([got.status, got.headers.get("location")], [307, "/x?y=1"]);
  assert.equal(got.body, '<a href="/x?y=1">Temporary Redirect</a>.\n\n');
  assert.deepEqual([posted.status, posted.headers.get("location"), posted.body], [307, PATH, ""]);
});

test("a redirect stays on this host, whatever the path holds", async () => {
  const answers = [
    await send("GET //evil.example.com HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    await send("GET //%5Cevil.example.com HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    await send("GET //x%0D%0ASet-Cookie:a HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  ];

  assert.deepEqual(
    answers.map(({ headers }) => headers.get("location")),
    ["/evil.example.com", "/%5Cevil.example.com", "/x%0D%0ASet-Cookie:a"],
  );
});

test("a body of exactly the limit is read", async () => {
  const open = '{"x":"';
  const body = `${open}${"x".repeat(MAX_BODY_BYTES - open.length - 2)}"}`;

  const { status } = await send(postText(PATH, body));

  assert.equal(status, 200);
});

test("a body that announces more than the limit is refused before it arrives", async () => {
  const connection = await RawConnection.open(listener.port);
  connection.write(`POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${MAX_BODY_BYTES + 1}\r\n\r\n`);

  const { status, headers, body } = await connection.answer();

  assert.deepEqual([status, body], [413, '{"error":"content exceeds limit of 2097152 bytes"}\n']);
  assert.equal(headers.get("connection"), "close");
  assert.equal(await connection.rest(), "");
});

test("a refused sender that goes on sending can read its answer", async () => {
  const connection = await RawConnection.open(listener.port);
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
  const patient = await RawConnection.open(listener.port);
  patient.write(announced(PUSH.length));
  const go = await patient.answer();
  patient.write(PUSH);

  const statuses = [go.status, (await patient.answer()).status, (await send(announced(MAX_BODY_BYTES + 1))).status];

  assert.deepEqual(statuses, [100, 200, 413]);
  patient.socket.destroy();
});

test("a chunked body over the limit is 413, not Kargo's 500", async () => {
  const connection = await RawConnection.open(listener.port);
  connection.write(`POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n`);
  connection.write(`${(MAX_BODY_BYTES + 1).toString(16)}\r\n${"x".repeat(MAX_BODY_BYTES + 1)}\r\n0\r\n\r\n`);

  const { status, body } = await connection.answer();

  assert.deepEqual([status, body], [413, '{"error":"content exceeds limit of 2097152 bytes"}\n']);
  connection.socket.destroy();
});

test("a chunked body is read", async () => {
  const half = PUSH.length >> 1;
  const chunks = [PUSH.slice(0, half), PUSH.slice(half)].map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);

  const { status } = await send(
    `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${chunks.join("")}0\r\n\r\n`,
  );

  assert.equal(status, 200);
});

test("a body that ends early is 500 and recorded as refused", async () => {
  const connection = await RawConnection.open(listener.port);
  connection.write(`POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{`);
  connection.socket.end();

  const { status, body } = await connection.answer();

  assert.deepEqual([status, body], [500, "{}\n"]);
  assert.equal(verdicts(receiving).at(-1), "refused the body was cut short");
});

test("a malformed chunk is 500", async () => {
  const { status, body } = await send(
    `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
  );

  assert.deepEqual([status, body], [500, "{}\n"]);
  await assertAlive();
});

test("a body that stops arriving is 408 and the connection closes", async () => {
  const connection = await RawConnection.open(listener.port);
  connection.write(`POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{`);

  const { status, headers, body } = await connection.answer();

  assert.deepEqual([status, body], [408, '{"error":"request body did not arrive in time"}\n']);
  assert.equal(headers.get("connection"), "close");
  await connection.rest();
});

test("headers that stop arriving close the connection without a byte", async () => {
  const connection = await RawConnection.open(listener.port);
  connection.write(`POST ${PATH} HTTP/1.1\r\nHost: loc`);

  assert.equal(await connection.rest(), "");
  await assertAlive();
});

test("a client that leaves in the middle of its body harms nobody", async () => {
  const connection = await RawConnection.open(listener.port);
  connection.write(`POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{`);

  connection.socket.resetAndDestroy();

  await assertAlive();
});

test("many connections at once are all answered", async () => {
  const answers = await Promise.all(Array.from({ length: 300 }, () => send(postText(PATH, REFUSED_TAG))));

  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
});

test("requests behind one another on one connection are answered in order", async () => {
  const connection = await RawConnection.open(listener.port);
  connection.write(postText(PATH, PUSH) + postText("/x", "") + postText(PATH, "{"));

  const statuses = [
    (await connection.answer()).status,
    (await connection.answer()).status,
    (await connection.answer()).status,
  ];

  assert.deepEqual(statuses, [200, 404, 400]);
  connection.socket.destroy();
});

test("none of this was a fault of ours", () => {
  assert.deepEqual(errors, []);
});

test("the path stands in no line of the log and no row of the database", () => {
  const rows = receiving.database.read((db) => JSON.stringify(db.prepare("SELECT * FROM route").all()));

  for (const path of [PATH, PREFIXED]) {
    assert.ok(!receiving.lines.join("\n").includes(path));
    assert.ok(!rows.includes(path));
  }
});
