// The answer to what is no HTTP request, or not one within the limits: there is no request to hand to a handler.
import type { Socket } from "node:net";
import type { Clock } from "../clock.ts";

const UNANSWERED: ReadonlySet<string | undefined> = new Set([
  "ERR_HTTP_REQUEST_TIMEOUT",
  "ERR_TLS_HANDSHAKE_TIMEOUT",
  "ECONNRESET",
]);

/**
 * 431 for headers that are too long, 400 for what cannot be parsed; who is too slow with the handshake or the headers gets no
 * byte. May be called again: the parser of a refused socket reports every further piece.
 */
export function refuseSocket(
  socket: Socket,
  error: NodeJS.ErrnoException,
  { clock, lingerMs }: { readonly clock: Clock; readonly lingerMs: number },
): void {
  if (socket.writableEnded) return;
  if (!socket.writable || UNANSWERED.has(error.code)) {
    socket.destroy();
    return;
  }
  const status = error.code === "HPE_HEADER_OVERFLOW" ? "431 Request Header Fields Too Large" : "400 Bad Request";
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\nContent-Length: ${status.length}\r\n\r\n${status}`,
  );
  void clock.sleep(lingerMs).then(() => socket.destroy());
}
