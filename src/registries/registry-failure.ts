// Makes a sentence of an answer that is not what was asked for: who answered what, and what a user can do about it.
// What a registry says of itself is quoted, but never a credential that it repeats.
import { type Clock, toKubeTime } from "../clock.ts";
import { RegistryError } from "../errors.ts";
import { type Access, basicAuthorization, withholdReason } from "./access.ts";
import { askedOf, type RegistryRequest, type RegistryResponse } from "./exchange.ts";
import { isLater } from "./retry.ts";
import { retryAfterMs } from "./throttle.ts";

type Asked = Pick<RegistryRequest, "method" | "url">;

const MAX_QUOTE = 200;

interface FailureOptions {
  readonly asked: Asked;
  readonly access: Access;
  readonly clock: Clock;
}

/** For every status but 200. */
export function failureOf(response: RegistryResponse, { asked, access, clock }: FailureOptions): RegistryError {
  const { status } = response;
  const waitMs = retryAfterMs(response.header("retry-after"), clock);
  const why = [reasonOf(response, asked, access), quoteOf(response, access), untilText(status, waitMs, clock)];
  return new RegistryError(`${askedOf(asked)}: ${why.filter((part) => part !== "").join("; ")}`, {
    status,
    isRetryable: isLater(status),
    retryAfterMs: waitMs,
  });
}

/** For content that is not what its place promises; never retried by itself. */
export function unusable(asked: Asked, why: string, cause?: unknown): RegistryError {
  return new RegistryError(`${askedOf(asked)}: ${why}`, { status: 0, isRetryable: false, cause });
}

/** Throws `RegistryError` for what is not JSON; most often that is a web server's page. */
export function parseJSON(bytes: Uint8Array, asked: Asked): unknown {
  const text = Buffer.from(bytes).toString();
  try {
    return JSON.parse(text);
  } catch (error) {
    const isPage = /^\s*</.test(text);
    throw unusable(
      asked,
      isPage ? "the host is not a registry: it answers with a web page" : "the answer is not JSON",
      error,
    );
  }
}

function reasonOf({ status, url, body }: RegistryResponse, asked: Asked, access: Access): string {
  const { host } = new URL(access.origin);
  const answering = new URL(url);
  if (status === 401 && answering.origin !== access.origin) {
    return `${host} redirects to ${answering.host}, which wants a credential of its own (HTTP 401)`;
  }
  if (status === 401 || status === 403) return `${refusal(access)} (HTTP ${status})`;
  if (status === 404 && /^\s*</.test(Buffer.from(body).toString())) {
    return `${host} answers with a web page (HTTP 404): is it a registry?`;
  }
  if (status === 404) {
    return asked.url.includes("/tags/list")
      ? `${host} does not know this repository (HTTP 404)`
      : `${host} does not have it (HTTP 404)`;
  }
  if (status === 429) return `${host} has had too many requests (HTTP 429)`;
  if (status >= 500) return `${host} has a fault of its own (HTTP ${status})`;
  return `HTTP ${status}`;
}

function refusal({ origin, credential }: Access): string {
  const { host } = new URL(origin);
  if (!credential) {
    return `${host} refuses an anonymous request: the repository is private and needs a Secret with its username and password, or does not exist`;
  }
  const withheld = withholdReason(origin, origin);
  if (withheld !== undefined) return `${host} wants a credential, but ${withheld}`;
  return `${host} refuses the username and password of the Secret for this repository`;
}

function untilText(status: number, waitMs: number | undefined, clock: Clock): string {
  const isAsked = waitMs !== undefined && (status === 429 || status === 503);
  return isAsked ? `it may be asked again at ${toKubeTime(clock.now() + waitMs)}` : "";
}

/** `CODE: message`, from the error body of the Distribution Specification. */
function quoteOf({ body }: RegistryResponse, { credential }: Access): string {
  const first = firstError(body);
  const secrets = credential
    ? [credential.password.reveal(), basicAuthorization(credential).slice("Basic ".length)]
    : [];
  let text = [first.code, first.message].filter((part) => typeof part === "string" && part !== "").join(": ");
  for (const secret of secrets) if (secret !== "") text = text.replaceAll(secret, "***");
  return text
    .replace(/(sha256:)?[\w+/=.-]{32,}/g, (run, prefix) => (prefix ? run : "***"))
    .replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, " ")
    .slice(0, MAX_QUOTE);
}

function firstError(body: Uint8Array): { readonly code?: unknown; readonly message?: unknown } {
  try {
    const { errors } = JSON.parse(Buffer.from(body).toString()) as { errors?: readonly object[] };
    return errors?.[0] ?? {};
  } catch {
    return {};
  }
}
