// Fetches and keeps the tokens of one process: one request at a time for each key, kept until shortly before it expires.
import type { Clock } from "../clock.ts";
import { RegistryError } from "../errors.ts";
import { Redacted } from "../telemetry/redacted.ts";
import { type Access, basicAuthorization, withholdReason } from "./access.ts";
import { PLAIN_HTTP_SETTING } from "./advice.ts";
import type { Challenge } from "./challenge.ts";
import { strayReason } from "./destinations.ts";
import { type Ask, askedOf, type RegistryResponse } from "./exchange.ts";
import type { MayBePlain } from "./plain-http.ts";
import { isLater } from "./retry.ts";
import { createSingleFlight } from "./single-flight.ts";

export interface TokenRequest {
  readonly challenge: Challenge & { readonly kind: "bearer" };
  readonly access: Access;
  readonly insecureSkipTLSVerify: boolean | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface Tokens {
  /** `Bearer …`, from memory or from the realm. */
  get(key: string, request: TokenRequest): Promise<string>;
  /** Drops a token that was refused; one that came in its place meanwhile stays. */
  forget(key: string, refused: string | undefined): void;
}

interface Token {
  readonly value: Redacted;
  /** Monotonic milliseconds. */
  readonly expiresAt: number;
}

interface TokenOptions {
  readonly clock: Clock;
  readonly mayBePlain: MayBePlain;
}

const MAX_TOKEN_BYTES = 256 * 1024;
/** The specification's, for an answer that names no lifetime. */
const DEFAULT_LIFETIME_SECONDS = 60;
const MAX_MARGIN_SECONDS = 30;
const MAX_KEPT = 10_000;

export function createTokens(ask: Ask, { clock, mayBePlain }: TokenOptions): Tokens {
  const kept = new Map<string, Token>();
  const flights = createSingleFlight<Token>();
  return {
    async get(key, request) {
      const known = kept.get(key);
      if (known && known.expiresAt > clock.monotonicMs()) return bearer(known);
      const fetch = () => fetchToken(ask, request, { clock, mayBePlain });
      const token = await flights.do(key, fetch, request.signal);
      kept.delete(key);
      kept.set(key, token);
      for (const oldest of kept.keys()) {
        if (kept.size <= MAX_KEPT) break;
        kept.delete(oldest);
      }
      return bearer(token);
    },
    forget(key, refused) {
      const known = kept.get(key);
      if (known && bearer(known) === refused) kept.delete(key);
    },
  };
}

function bearer({ value }: Token): string {
  return `Bearer ${value.reveal()}`;
}

async function fetchToken(ask: Ask, request: TokenRequest, { clock, mayBePlain }: TokenOptions): Promise<Token> {
  const { challenge, access, insecureSkipTLSVerify } = request;
  const realm = realmOf(challenge.realm, access.origin, mayBePlain);
  const { credential } = access;
  const isShown = credential !== undefined && withholdReason(access.origin, realm.origin) === undefined;
  const response = await ask({
    method: "GET",
    url: tokenURL(realm, request),
    headers: { accept: "application/json", ...(isShown && { authorization: basicAuthorization(credential) }) },
    maxBodyBytes: MAX_TOKEN_BYTES,
    account: isShown ? credential.username : "",
    insecureSkipTLSVerify,
  });
  if (response.status !== 200) throw tokenRefused(response, realm, isShown);
  return decodeToken(response, realm, clock);
}

/** Throws where asking there would give away more than the registry's own connection does. */
function realmOf(text: string, origin: string, mayBePlain: MayBePlain): URL {
  const host = new URL(origin).host;
  const realm = URL.parse(text);
  if (realm?.protocol !== "https:" && realm?.protocol !== "http:") {
    throw final(`${host} names a token server that is not a URL`);
  }
  realm.username = "";
  realm.password = "";
  const stray = strayReason(new URL(origin), realm);
  if (stray !== undefined) throw final(`${host} names a token server, but ${stray}`);
  if (realm.protocol === "https:") return realm;
  if (origin.startsWith("https:")) {
    throw final(`${host} names a token server in plain HTTP (${realm.origin}), which is not asked`);
  }
  if (!mayBePlain(realm.host)) {
    throw final(
      `${host} names a token server in plain HTTP (${realm.origin}): allow that with ${PLAIN_HTTP_SETTING} ${realm.host}`,
    );
  }
  return realm;
}

function tokenURL(realm: URL, { challenge, access }: TokenRequest): string {
  const url = new URL(realm);
  // What the registry asks for may be named otherwise than we would: a registry behind a mapping proxy.
  url.searchParams.set("scope", challenge.scope || access.scope);
  if (challenge.service !== "") url.searchParams.set("service", challenge.service);
  return url.href;
}

function tokenRefused({ status }: RegistryResponse, realm: URL, isShown: boolean): RegistryError {
  const asked = askedOf({ method: "GET", url: realm.href });
  const who = isShown ? "the username and password of the Secret" : "an anonymous request";
  const why = status === 401 || status === 403 ? `the token server refuses ${who}` : "the token server gives no token";
  return new RegistryError(`${asked}: ${why} (HTTP ${status})`, { status, isRetryable: isLater(status) });
}

function decodeToken({ body }: RegistryResponse, realm: URL, clock: Clock): Token {
  const answer = parseObject(body);
  const value = [answer["token"], answer["access_token"]].find((one) => typeof one === "string" && one !== "");
  // A line break would end the header that the token goes into.
  if (typeof value !== "string" || !/^[\x21-\x7e]+$/.test(value)) throw final(`${realm.host} answers without a token`);
  const named = Number(answer["expires_in"]);
  const lifetimeSeconds = named > 0 ? named : DEFAULT_LIFETIME_SECONDS;
  const usableSeconds = lifetimeSeconds - Math.min(MAX_MARGIN_SECONDS, lifetimeSeconds / 4);
  return { value: new Redacted(value), expiresAt: clock.monotonicMs() + usableSeconds * 1000 };
}

function parseObject(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString());
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

function final(message: string): RegistryError {
  return new RegistryError(message, { status: 0, isRetryable: false });
}
