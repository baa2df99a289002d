// The lowest layer of the registry client: one request, its answer read whole within bounds of size and time.
// The layers above have the same shape: exchange, throttle, retry, redirects, authentication.
import type { Clock } from "../clock.ts";
import { RegistryError, TransportError } from "../errors.ts";
import { BodyTooLargeError, EMPTY_BODY, type HttpResponse, readBody, type Transport } from "../http/message.ts";
import { withAdvice } from "./advice.ts";

export interface RegistryRequest {
  readonly method: "GET" | "HEAD";
  /** Absolute. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A longer answer is refused; what an error says is cut instead. */
  readonly maxBodyBytes: number;
  /** Whose quota it counts against; "" for an anonymous one. */
  readonly account: string;
  readonly insecureSkipTLSVerify?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RegistryResponse {
  readonly status: number;
  readonly body: Uint8Array;
  /** What answered, after redirects. */
  readonly url: string;
  /** The last value of a header; "" where it is not there. */
  header(name: string): string;
}

/**
 * Rejects with `TransportError` when no whole answer came, with `RegistryError` for one that cannot be taken,
 * and with the signal's reason once that aborts.
 */
export type Ask = (request: RegistryRequest) => Promise<RegistryResponse>;

interface ExchangeOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly userAgent?: string | undefined;
  /** From sending to the last byte. */
  readonly totalTimeoutMs?: number;
}

const TOTAL_TIMEOUT_MS = 60_000;
const MAX_ERROR_BYTES = 64 * 1024;

export function createExchange(options: ExchangeOptions): Ask {
  const { transport, clock, userAgent = "dockbell", totalTimeoutMs = TOTAL_TIMEOUT_MS } = options;
  const headers = { "user-agent": userAgent, "accept-encoding": "identity" };
  return async (request) => {
    const cut = new AbortController();
    const answered = new AbortController();
    let isLate = false;
    void clock.sleep(totalTimeoutMs, answered.signal).then(() => {
      isLate = !answered.signal.aborted;
      if (isLate) cut.abort();
    });
    try {
      return await exchange(transport, { ...request, headers: { ...request.headers, ...headers } }, cut.signal);
    } catch (error) {
      // Whatever is left of the answer is not waited for.
      cut.abort();
      if (!isLate) throw withAdvice(error, request);
      const message = `${askedOf(request)}: no whole answer within ${totalTimeoutMs / 1000} s`;
      throw new TransportError(message, { problem: "silent", cause: error, isRetryable: true });
    } finally {
      answered.abort();
    }
  };
}

/** How errors name a request: `GET https://host/path`, without the query. */
export function askedOf({ method, url }: Pick<RegistryRequest, "method" | "url">): string {
  const { origin, pathname } = new URL(url);
  return `${method} ${origin}${pathname}`;
}

async function exchange(transport: Transport, request: RegistryRequest, cut: AbortSignal): Promise<RegistryResponse> {
  const { method, url, insecureSkipTLSVerify, signal } = request;
  const response = await transport({
    method,
    url,
    headers: request.headers,
    body: EMPTY_BODY,
    insecureSkipTLSVerify,
    signal: signal ? AbortSignal.any([signal, cut]) : cut,
  });
  const header = (name: string) => [response.headers[name] ?? ""].flat().at(-1) ?? "";
  const isError = response.status >= 300;
  const body = isError ? await beginningOf(response) : await wholeOf(request, response, header);
  return { status: response.status, body, url, header };
}

async function wholeOf(
  request: RegistryRequest,
  { body }: HttpResponse,
  header: (name: string) => string,
): Promise<Uint8Array> {
  const { maxBodyBytes } = request;
  const encoding = header("content-encoding");
  // A few compressed bytes may stand for gigabytes; digests are of the content as it is.
  if (encoding !== "" && encoding !== "identity") {
    throw refused(request, `the answer is compressed (${encoding}), which was not asked for`);
  }
  if (request.method === "GET" && Number(header("content-length")) > maxBodyBytes) throw tooLarge(request);
  try {
    return await readBody(body, maxBodyBytes);
  } catch (error) {
    throw error instanceof BodyTooLargeError ? tooLarge(request, error) : error;
  }
}

async function beginningOf({ body }: HttpResponse): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body.subarray(0, MAX_ERROR_BYTES);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length >= MAX_ERROR_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_ERROR_BYTES);
}

function tooLarge(request: RegistryRequest, cause?: unknown): RegistryError {
  return refused(request, `the answer is larger than ${request.maxBodyBytes} bytes`, cause);
}

function refused(request: RegistryRequest, why: string, cause?: unknown): RegistryError {
  return new RegistryError(`${askedOf(request)}: ${why}`, { status: 0, isRetryable: false, cause });
}
