import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { inspect } from "node:util";
import { freePort } from "../app/data-directory.ts";
import { createNetworkTransport } from "../http/transport.ts";
import { send } from "./send.ts";

const SECRET = "0123456789abcdef".repeat(4);

test("an error of send does not show the receiver's path, however it is printed", async (t) => {
  const { transport, close } = createNetworkTransport({});
  t.after(close);
  const url = `http://127.0.0.1:${await freePort()}/dockerhub/${SECRET}`;

  const sent = send(Buffer.from("{}"), { url, transport });

  await assert.rejects(sent, (error: Error) => {
    assert.match(
      error.message,
      /^POST http:\/\/127\.0\.0\.1:\d+\/dockerhub\/…: connection refused.*: does http:\/\/127/,
    );
    assert.ok(!inspect(error, { depth: 10 }).includes(SECRET));
    return true;
  });
});

for (const { what, answer } of [
  { what: "an answer that is cut short", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel" },
  {
    what: "an answer that repeats it",
    answer: `HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\nCannot POST /prefix/dockerhub/${SECRET}`,
  },
]) {
  test(`${what} does not show the receiver's path`, async (t) => {
    const server = createServer((socket) => socket.once("data", () => socket.end(answer))).listen(0, "127.0.0.1");
    t.after(() => server.close());
    await once(server, "listening");
    const { transport, close } = createNetworkTransport({});
    t.after(close);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/dockerhub/${SECRET}`;

    const outcome = await send(Buffer.from("{}"), { url, transport }).catch((error: unknown) => error);

    const shown = inspect(outcome, { depth: 10 });
    assert.match(shown, /dockerhub\/…/);
    assert.ok(!shown.includes(SECRET), shown);
  });
}
