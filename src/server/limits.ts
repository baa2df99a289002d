// Every bound on a connection, in one place. Kargo bounds only the headers (60 s, 1 MiB):
// docs/compatibility.md, section 3.2.

export interface ListenerLimits {
  /** For the TLS handshake, and again from a connection's first byte to the end of the headers; then it closes without an answer. */
  readonly headersTimeoutMs: number;
  /** Between two pieces of a body; then 408. */
  readonly bodyIdleTimeoutMs: number;
  /** From a request's first byte to its last, however steadily it drips; then 408. */
  readonly requestTimeoutMs: number;
  /** Between two requests of one connection. */
  readonly keepAliveTimeoutMs: number;
  /** How often the timeouts of headers and requests are looked at. */
  readonly checkEveryMs: number;
  /** How long what a refused sender still sends is thrown away, so that it can read its answer. */
  readonly lingerMs: number;
  /** A client that takes nothing of a streamed answer for so long is dropped: a watch must not wait for it. */
  readonly stallMs: number;
  /** Request line and headers together; then 431. */
  readonly maxHeaderBytes: number;
  /** At once; one more is closed as it opens. */
  readonly maxConnections: number;
}

export const LISTENER_LIMITS: ListenerLimits = {
  headersTimeoutMs: 10_000,
  bodyIdleTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  checkEveryMs: 1_000,
  lingerMs: 500,
  stallMs: 30_000,
  maxHeaderBytes: 64 * 1024,
  maxConnections: 4_096,
};
