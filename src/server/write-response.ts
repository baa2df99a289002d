// A response value on its way to a socket.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Clock } from "../clock.ts";
import { endMessage } from "../http/end-message.ts";
import type { HttpResponse } from "../http/message.ts";
import type { ListenerLimits } from "./limits.ts";

interface WriteOptions {
  readonly clock: Clock;
  readonly limits: ListenerLimits;
  /** The connection ends with this answer. */
  readonly isLast: boolean;
}

/** Resolves when all of it was handed to the socket; rejects with what a streamed body throws. */
export async function writeResponse(
  outgoing: ServerResponse,
  { status, headers, body }: HttpResponse,
  { clock, limits, isLast }: WriteOptions,
): Promise<void> {
  const { req: incoming } = outgoing;
  const isBodyless = incoming.method === "GET" || incoming.method === "HEAD";
  // What is left of a body nobody read would be taken for the next request.
  const isUnread = !incoming.complete && !isBodyless;
  const all: OutgoingHttpHeaders = { ...(headers as OutgoingHttpHeaders) };
  if (isUnread || isLast) all["connection"] = "close";
  // Kargo's answers carry no word on a connection that stays open: docs/compatibility.md, section 3.2.
  if (outgoing.shouldKeepAlive && incoming.httpVersion === "1.1") outgoing.removeHeader("connection");
  if (!(body instanceof Uint8Array)) {
    outgoing.writeHead(status, all).flushHeaders();
    await writeStream(outgoing, body, { clock, stallMs: limits.stallMs });
    return;
  }
  outgoing.writeHead(status, { "content-length": body.byteLength, ...all });
  if (isUnread) {
    outgoing.write(body);
    await lingering(incoming, { clock, lingerMs: limits.lingerMs });
  }
  if (isUnread || incoming.method === "HEAD") outgoing.end();
  else endMessage(outgoing, body);
}

async function writeStream(
  outgoing: ServerResponse,
  body: AsyncIterable<Uint8Array>,
  { clock, stallMs }: { readonly clock: Clock; readonly stallMs: number },
): Promise<void> {
  for await (const chunk of body) {
    if (outgoing.destroyed) return;
    if (!outgoing.write(chunk)) await drained(outgoing, { clock, stallMs });
  }
  outgoing.end();
}

/** Resolves when the client has taken what was written, or is gone; one that takes nothing in time is dropped. */
async function drained(
  outgoing: ServerResponse,
  { clock, stallMs }: { readonly clock: Clock; readonly stallMs: number },
): Promise<void> {
  const taken = new AbortController();
  const onTaken = () => taken.abort();
  outgoing.on("drain", onTaken).on("close", onTaken);
  await clock.sleep(stallMs, taken.signal);
  outgoing.off("drain", onTaken).off("close", onTaken);
  if (!taken.signal.aborted) outgoing.destroy();
}

/** Closing at once would reset the connection under what the client still sends, and it would never see the answer. */
async function lingering(
  incoming: IncomingMessage,
  { clock, lingerMs }: { readonly clock: Clock; readonly lingerMs: number },
): Promise<void> {
  const over = new AbortController();
  for (const event of ["end", "close", "error"]) incoming.once(event, () => over.abort());
  incoming.resume();
  await clock.sleep(lingerMs, over.signal);
}
