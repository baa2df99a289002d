// The body of a request as it arrives on a socket, read when the handler asks for it.
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type ArrivingBody,
  BodyIncompleteError,
  type BodyRead,
  BodyTooLargeError,
  EMPTY_BODY,
} from "../http/message.ts";

/** A client that expects `100 Continue` gets it as the reading begins, and never when that does not. */
export class IncomingBody implements ArrivingBody {
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  /** Ends the reading under way. */
  #end: ((error: unknown) => void) | undefined;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  readUpTo(maxBytes: number): Promise<BodyRead> {
    const { "content-length": announced = 0, expect = "" } = this.#incoming.headers;
    if (Number(announced) > maxBytes) {
      return Promise.resolve({ bytes: EMPTY_BODY, error: new BodyTooLargeError(maxBytes) });
    }
    if (/^100-continue$/i.test(expect)) this.#outgoing.writeContinue();
    return new Promise((resolve) => this.#collect(maxBytes, resolve));
  }

  /** Ends the reading under way with this error; false when nobody reads, or all of it is there. */
  fail(error: BodyIncompleteError): boolean {
    if (!this.#end || this.#incoming.complete) return false;
    this.#end(error);
    return true;
  }

  /** By events: to iterate over a stream costs several times what the one chunk of most bodies does. */
  #collect(maxBytes: number, resolve: (read: BodyRead) => void): void {
    const incoming = this.#incoming;
    const chunks: Buffer[] = [];
    let length = 0;
    const take = (chunk: Buffer) => {
      if (length + chunk.byteLength > maxBytes) return end(new BodyTooLargeError(maxBytes));
      length += chunk.byteLength;
      chunks.push(chunk);
    };
    // The stream goes on without a reader: destroyed, it would close the socket before a refusal is read.
    const end = (error?: unknown) => {
      this.#end = undefined;
      if (error !== undefined) incoming.off("data", take);
      resolve({ bytes: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length), error });
    };
    this.#end = end;
    incoming.on("data", take);
    incoming.on("end", () => end());
    incoming.on("error", (error) => end(new BodyIncompleteError("cut short", error)));
  }
}
