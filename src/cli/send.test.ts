import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { freePort } from "../app/data-directory.ts";
import { createNetworkTransport } from "../http/transport.ts";
import { send } from "./send.ts";

test("an error of send does not show the receiver's path, however it is printed", async () => {
  const { transport, close } = createNetworkTransport({});
  const path = `/dockerhub/${"0123456789abcdef".repeat(4)}`;
  const url = `http://127.0.0.1:${await freePort()}${path}`;

  const sent = send(Buffer.from("{}"), { url, transport });

  await assert.rejects(sent, (error: Error) => {
    assert.match(error.message, /^POST http:\/\/127\.0\.0\.1:\d+\/…: connection refused.*: does http:\/\/127/);
    assert.ok(!inspect(error, { depth: 10 }).includes("0123456789abcdef"));
    return true;
  });
  close();
});
