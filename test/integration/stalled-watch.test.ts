// A client that asks for a stream and then reads nothing must not be waited for.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { SYSTEM_CLOCK } from "../../src/app/system.ts";
import { LISTENER_LIMITS } from "../../src/server/limits.ts";
import { startListener } from "../../src/server/listener.ts";

test("a client that takes nothing of a stream is dropped, and the stream ends", async () => {
  let ended = () => {};
  const streamEnds = new Promise<void>((resolve) => {
    ended = resolve;
  });
  async function* endless(): AsyncIterable<Uint8Array> {
    try {
      while (true) yield Buffer.alloc(64 * 1024);
    } finally {
      ended();
    }
  }
  const listener = await startListener({
    handler: async () => ({ status: 200, headers: {}, body: endless() }),
    host: "127.0.0.1",
    port: 0,
    limits: { ...LISTENER_LIMITS, stallMs: 100 },
    clock: SYSTEM_CLOCK,
    onError: (error) => assert.fail(String(error)),
  });
  const socket = connect(listener.port, "127.0.0.1");
  await once(socket, "connect");
  socket.pause();

  socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await streamEnds;

  socket.destroy();
  await listener.close(0);
});
