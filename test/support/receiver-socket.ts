// The receiver role behind its real listener on a loopback socket, with patience short enough for tests.
import assert from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../src/app/system.ts";
import { LISTENER_LIMITS, type ListenerLimits } from "../../src/server/limits.ts";
import { startListener } from "../../src/server/listener.ts";
import { type RawAnswer, rawRequest } from "./raw-http.ts";
import { type Receiving, startReceiving } from "./receiving.ts";

export const LIMITS = {
  ...LISTENER_LIMITS,
  bodyIdleTimeoutMs: 150,
  headersTimeoutMs: 300,
  checkEveryMs: 20,
  lingerMs: 100,
};

export interface ReceiverSocket {
  readonly receiving: Receiving;
  readonly port: number;
  /** One request on a connection of its own. */
  send(text: string | Uint8Array): Promise<RawAnswer>;
  /** Whatever was sent before, the process answers. */
  assertAlive(): Promise<void>;
  /** Fails when anything so far was a fault of ours. */
  close(): Promise<void>;
}

export async function openReceiverSocket(limits: ListenerLimits = LIMITS): Promise<ReceiverSocket> {
  const receiving = await startReceiving();
  const errors: unknown[] = [];
  const listener = await startListener({
    handler: (request) => receiving.receiver(request),
    host: "127.0.0.1",
    port: 0,
    limits,
    clock: SYSTEM_CLOCK,
    onError: (error) => void errors.push(error),
  });
  const send = (text: string | Uint8Array) => rawRequest(listener.port, text);
  return {
    receiving,
    port: listener.port,
    send,
    async assertAlive() {
      const { status } = await send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
      assert.equal(status, 200);
    },
    async close() {
      await listener.close(0);
      receiving.dispose();
      assert.deepEqual(errors, []);
    },
  };
}
