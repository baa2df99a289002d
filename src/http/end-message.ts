// Ends a message of `node:http`, a request or a response, with its body. Client and listeners call it.
import type { OutgoingMessage } from "node:http";

const MAX_JOINED_BYTES = 4_096;

/**
 * A small body goes out in one piece with the headers: as bytes it would cost a vectored write, and over TLS a record
 * of its own. Latin-1 is the encoding that keeps every byte.
 */
export function endMessage(outgoing: OutgoingMessage, body: Uint8Array): void {
  if (body.byteLength > MAX_JOINED_BYTES) outgoing.end(body);
  else outgoing.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1"), "latin1");
}
