// Turns what sockets, DNS and TLS throw into a fault with a sentence that a user can act on.
import { messageOf, TransportError, type TransportProblem } from "../errors.ts";
import type { HttpRequest } from "./message.ts";

/** A time limit ran out before what was awaited came. */
export class SilenceError extends Error {
  override readonly name = "SilenceError";
  readonly waitedMs: number;

  constructor(awaited: string, waitedMs: number) {
    super(`${awaited} within ${waitedMs / 1000} s`);
    this.waitedMs = waitedMs;
  }
}

type Explanation = readonly [problem: TransportProblem, sentence: string];

const UNTRUSTED: Explanation = ["certificate-untrusted", "its certificate comes from an authority that is not trusted"];
const SELF_SIGNED: Explanation = ["certificate-untrusted", "its certificate is self-signed"];
const RESET: Explanation = ["reset", "the connection was closed before an answer came"];
const UNREACHABLE: Explanation = ["unreachable", "the host cannot be reached"];
const NOT_TLS: Explanation = ["not-tls", "it answers in plain HTTP where TLS was expected"];

const BY_CODE: Readonly<Record<string, Explanation>> = {
  ENOTFOUND: ["name-unknown", "this host name does not exist in DNS"],
  EAI_AGAIN: ["name-unknown", "the host name could not be looked up: DNS gave no answer"],
  ECONNREFUSED: ["unreachable", "connection refused: nothing listens there"],
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ETIMEDOUT: ["silent", "no connection came about in time"],
  ECONNRESET: RESET,
  EPIPE: RESET,
  DEPTH_ZERO_SELF_SIGNED_CERT: SELF_SIGNED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_HAS_EXPIRED: ["certificate-expired", "its certificate has expired"],
  CERT_NOT_YET_VALID: ["certificate-expired", "its certificate is not valid yet"],
  ERR_TLS_CERT_ALTNAME_INVALID: ["certificate-name", "its certificate is for another host name"],
};
const RETRYABLE: ReadonlySet<TransportProblem> = new Set([
  "name-unknown",
  "unreachable",
  "reset",
  "cut-short",
  "silent",
]);

/** `isAnswering` tells whether the headers had come. The message names method, host and path, never the query. */
export function networkFault(request: HttpRequest, error: unknown, isAnswering = false): TransportError {
  const [problem, sentence] = explain(error, isAnswering);
  const { origin, pathname } = new URL(request.url);
  const message = `${request.method} ${origin}${pathname}: ${sentence}`;
  const waitedMs = error instanceof SilenceError ? error.waitedMs : 0;
  return new TransportError(message, { problem, cause: error, isRetryable: RETRYABLE.has(problem), waitedMs });
}

function explain(error: unknown, isAnswering: boolean): Explanation {
  const code = String((error as NodeJS.ErrnoException | undefined)?.code ?? "");
  if (error instanceof SilenceError) return ["silent", error.message];
  if (code === "ABORT_ERR") return ["aborted", "given up"];
  if (isAnswering && code === "ECONNRESET")
    return ["cut-short", "the connection was closed in the middle of the answer"];
  // Only OpenSSL's text tells why; it takes the first bytes of "HTTP/1.1 400" for a version.
  if (code === "EPROTO" && messageOf(error).includes("wrong version number")) return NOT_TLS;
  if (code.startsWith("HPE_")) return ["not-http", `the answer is not HTTP (${code})`];
  const known = BY_CODE[code];
  if (known) return [known[0], `${known[1]} (${code})`];
  // OpenSSL's other refusals: no common version, no common cipher, a client certificate wanted.
  if (code.startsWith("ERR_SSL_") || code === "EPROTO") return ["tls", `TLS could not be agreed on (${code})`];
  return ["other", messageOf(error)];
}
