// Every row of docs/compatibility.md, section 3, on a real socket: paths, methods,
// headers. Bodies that are huge, slow or broken are in `handle-bodies.test.ts`.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { postText, RawConnection } from "../../test/support/raw-http.ts";
import { LIMITS, openReceiverSocket, type ReceiverSocket } from "../../test/support/receiver-socket.ts";
import { createWarehouse, image, PATH, payload, publishReceiver } from "../../test/support/receiving.ts";

const PREFIXED = "/webhooks/dockerhub/fedcba98";

let socket: ReceiverSocket;

before(async () => {
  socket = await openReceiverSocket();
  const { kube } = socket.receiving;
  await createWarehouse(kube, "w", image("example/app", { constraint: "^1.0.0" }));
  await publishReceiver(kube, "prefixed", PREFIXED);
  await createWarehouse(kube, "w", image("example/app"), "prefixed");
});

after(() => socket.close());

const PUSH = payload("example/app", "1.2.3");

test("a push is answered with Kargo's words and headers, and the delivery's id", async () => {
  const { status, headers, body } = await socket.send(postText(PATH, PUSH));

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
    const { status, body } = await socket.send(text);

    assert.equal(`${status} ${body}`, expected);
    await socket.assertAlive();
  });
}

for (const method of ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]) {
  test(`${method} at a receiver's path is 405 and refreshes nothing`, async () => {
    const before = socket.receiving.kube.requests.length;

    const connection = await RawConnection.open(socket.port);
    connection.write(`${method} ${PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    const text = await connection.rest();

    assert.match(text, /^HTTP\/1\.1 405 /);
    assert.match(text, /\r\nallow: POST\r\n/i);
    assert.deepEqual(
      socket.receiving.kube.requests.slice(before).filter((line) => line.startsWith("PATCH")),
      [],
    );
  });
}

test("an unclean path is redirected to its clean form, with the query, as Go's server does", async () => {
  const got = await socket.send("GET /a/..//x?y=1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const posted = await socket.send(postText(`/${PATH}`, PUSH));

  assert.deepEqual([got.status, got.headers.get("location")], [307, "/x?y=1"]);
  assert.equal(got.body, '<a href="/x?y=1">Temporary Redirect</a>.\n\n');
  assert.deepEqual([posted.status, posted.headers.get("location"), posted.body], [307, PATH, ""]);
});

test("a redirect stays on this host, whatever the path holds", async () => {
  const answers = [
    await socket.send("GET //evil.example.com HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    await socket.send("GET //%5Cevil.example.com HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    await socket.send("GET //x%0D%0ASet-Cookie:a HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  ];

  assert.deepEqual(
    answers.map(({ headers }) => headers.get("location")),
    ["/evil.example.com", "/%5Cevil.example.com", "/x%0D%0ASet-Cookie:a"],
  );
});

test("the path stands in no line of the log and no row of the database", async () => {
  const answers = [await socket.send(postText(PATH, PUSH)), await socket.send(postText(PREFIXED, "{"))];

  const { database, lines } = socket.receiving;
  const rows = database.read((db) =>
    ["route", "delivery", "target"].map((table) => JSON.stringify(db.prepare(`SELECT * FROM ${table}`).all())),
  );
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 400],
  );
  for (const path of [PATH, PREFIXED]) assert.ok(![...lines, ...rows].some((text) => text.includes(path)));
});
