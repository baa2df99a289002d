// The body of a request as it arrives on a socket, read when the handler asks for it and never waited for endlessly.
import type { IncomingMessage, ServerResponse } from "node:http";
import { BodyIncompleteError } from "../http/message.ts";

export interface IncomingBody extends AsyncIterable<Uint8Array> {
  /** Ends the reading under way with this error; false when nobody reads. */
  fail(error: BodyIncompleteError): boolean;
}

/**
 * Throws `BodyIncompleteError` where the client hangs up, breaks the protocol (told through `fail`), or sends nothing
 * for `idleTimeoutMs`. A client that expects `100 Continue` gets it with the first read, and never when none happens.
 */
export function incomingBody(incoming: IncomingMessage, outgoing: ServerResponse, idleTimeoutMs: number): IncomingBody {
  let fail: ((error: BodyIncompleteError) => void) | undefined;

  async function* read(): AsyncGenerator<Uint8Array> {
    const failed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    if (/^100-continue$/i.test(incoming.headers.expect ?? "")) outgoing.writeContinue();
    incoming.setTimeout(idleTimeoutMs, () => fail?.(new BodyIncompleteError("too slow")));
    // Destroying the stream would close the socket before the refusal of a body that is too long is read.
    const chunks = incoming.iterator({ destroyOnReturn: false });
    try {
      for (;;) {
        const next = chunks.next();
        next.catch(() => undefined);
        const chunk = (await Promise.race([next, failed])) as IteratorResult<Uint8Array>;
        if (chunk.done) return;
        yield chunk.value;
      }
    } catch (error) {
      throw error instanceof BodyIncompleteError ? error : new BodyIncompleteError("cut short", error);
    } finally {
      fail = undefined;
      incoming.setTimeout(0);
    }
  }

  return {
    [Symbol.asyncIterator]: read,
    fail(error) {
      fail?.(error);
      return fail !== undefined;
    },
  };
}
