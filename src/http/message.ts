// One HTTP request and one HTTP response as plain values. Servers are functions from one to the other
// (`Handler`); clients call the same function over a socket or in the same process (`Transport`).

/** Bytes at once, or bytes as they arrive. A stream may be read once. */
export type Body = Uint8Array | AsyncIterable<Uint8Array>;

/** The body of a request that is still arriving. May be read once. */
export interface ArrivingBody {
  /** As `readBodyUpTo`; one that announces more than `maxBytes` is refused before a byte of it is asked for. */
  readUpTo(maxBytes: number): Promise<BodyRead>;
}

/** Header names in lower case; a name sent more than once is joined with ", " (requests) or kept as a list. */
export type Headers = Readonly<Record<string, string | readonly string[]>>;

export interface HttpRequest {
  readonly method: string;
  /** Absolute at a client; path and query, as received, at a server. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | ArrivingBody;
  /** Aborts when the caller no longer wants the answer, a streamed one included. */
  readonly signal?: AbortSignal;
  /** At a client, over TLS: whoever answers is believed. */
  readonly insecureSkipTLSVerify?: boolean | undefined;
  /** The answer's body may be silent for as long as the caller likes: it ends it by `signal`. */
  readonly isStream?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** Answers a request; never rejects for what a client did wrong. */
export type Handler = (request: HttpRequest) => Promise<HttpResponse>;

/** Sends a request; rejects with `TransportError` when no answer came. */
export type Transport = (request: HttpRequest) => Promise<HttpResponse>;

export const EMPTY_BODY: Uint8Array = new Uint8Array(0);

/** The body was longer than the reader allowed. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
  readonly maxBytes: number;

  constructor(maxBytes: number) {
    super(`the body is longer than ${maxBytes} bytes`);
    this.maxBytes = maxBytes;
  }
}

/** Why a body did not come to its end. */
export type BodyFault = "cut short" | "malformed" | "too slow" | "not awaited";

/** A body whose length or chunks said there is more; "not awaited" is our fault, the others are the client's. */
export class BodyIncompleteError extends Error {
  override readonly name = "BodyIncompleteError";
  readonly fault: BodyFault;

  constructor(fault: BodyFault, cause?: unknown) {
    super(`the body was ${fault}`, { cause });
    this.fault = fault;
  }
}

/** A body that was read, as far as it could be. */
export interface BodyRead {
  readonly bytes: Uint8Array;
  /** Why that is not all of it: `BodyTooLargeError`, `BodyIncompleteError`, or whatever the stream threw. */
  readonly error?: unknown;
}

/** A body, read whole. Throws `BodyTooLargeError` once it passes `maxBytes`; what the stream throws is passed on. */
export async function readBody(body: Body | ArrivingBody, maxBytes: number): Promise<Uint8Array> {
  const { bytes, error } = await readBodyUpTo(body, maxBytes);
  if (error !== undefined) throw error;
  return bytes;
}

/** Reads at most `maxBytes` of a body. Never rejects. */
export function readBodyUpTo(body: Body | ArrivingBody, maxBytes: number): Promise<BodyRead> {
  if ("readUpTo" in body) return body.readUpTo(maxBytes);
  return body instanceof Uint8Array ? Promise.resolve(cutBody(body, maxBytes)) : readStreamUpTo(body, maxBytes);
}

function cutBody(body: Uint8Array, maxBytes: number): BodyRead {
  if (body.byteLength <= maxBytes) return { bytes: body };
  return { bytes: body.subarray(0, maxBytes), error: new BodyTooLargeError(maxBytes) };
}

async function readStreamUpTo(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<BodyRead> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      if (length + chunk.byteLength > maxBytes) throw new BodyTooLargeError(maxBytes);
      length += chunk.byteLength;
      chunks.push(chunk);
    }
  } catch (error) {
    return { bytes: Buffer.concat(chunks, length), error };
  }
  return { bytes: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length) };
}

/** A JSON response with a final newline, as every server of ours answers. */
export function jsonResponse(status: number, value: unknown, headers: Headers = {}): HttpResponse {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  return { status, headers: { "content-type": "application/json", ...headers }, body };
}
