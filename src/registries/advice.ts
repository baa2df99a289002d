// What a user can do about a registry that cannot be reached as things are set.
import { TransportError, type TransportProblem } from "../errors.ts";
import type { HttpRequest } from "../http/message.ts";

/** As the command line has it. */
export const PLAIN_HTTP_SETTING = "--plain-http-registries";

const ADVICE: Readonly<Partial<Record<TransportProblem, (host: string) => string>>> = {
  "certificate-untrusted": () =>
    "name the file of its authority with --registry-ca, or set insecureSkipTLSVerify in the subscription",
  "not-tls": (host) => `if it is to be trusted without TLS, allow that with ${PLAIN_HTTP_SETTING} ${host}`,
};

/** The same error, with what to do about it. */
export function withAdvice(error: unknown, { url }: Pick<HttpRequest, "url">): unknown {
  if (!(error instanceof TransportError)) return error;
  const { problem, isRetryable, message } = error;
  const advice = ADVICE[problem]?.(new URL(url).host);
  return advice === undefined
    ? error
    : new TransportError(`${message}; ${advice}`, { problem, isRetryable, cause: error });
}
