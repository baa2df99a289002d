// Authenticates requests to OCI registries: a Bearer challenge is answered once for each host and scope.
// Distribution specification, "Token Authentication".
import type { Clock } from "../clock.ts";
import { RegistryError } from "../errors.ts";
import { EMPTY_BODY, type HttpRequest, type HttpResponse, readBody, type Transport } from "../http/message.ts";

interface Token {
  readonly value: string;
  /** Monotonic milliseconds. */
  readonly expiresAt: number;
}

const MAX_TOKEN_BYTES = 256 * 1024;
/** The specification's minimum where the answer names no lifetime. */
const DEFAULT_LIFETIME_SECONDS = 60;
const EXPIRY_MARGIN_SECONDS = 10;

/** A transport that adds the token it knows, and fetches one when it is challenged. `scope` names what is asked for. */
export function createAuthenticatedTransport(
  transport: Transport,
  clock: Clock,
): (request: HttpRequest, scope: string) => Promise<HttpResponse> {
  const tokens = new Map<string, Token>();
  return async (request, scope) => {
    const id = `${new URL(request.url).host} ${scope}`;
    const known = tokens.get(id);
    const isFresh = known !== undefined && known.expiresAt > clock.monotonicMs();
    const first = await transport(isFresh ? withToken(request, known) : request);
    if (first.status !== 401) return first;
    const challenge = parseChallenge(String(first.headers["www-authenticate"] ?? ""));
    if (!challenge) return first;
    await readBody(first.body, MAX_TOKEN_BYTES);
    const token = await fetchToken(transport, clock, challenge, scope);
    tokens.set(id, token);
    return transport(withToken(request, token));
  };
}

function withToken(request: HttpRequest, { value }: Token): HttpRequest {
  return { ...request, headers: { ...request.headers, authorization: `Bearer ${value}` } };
}

interface Challenge {
  readonly realm: URL;
  readonly service: string | undefined;
}

function parseChallenge(header: string): Challenge | undefined {
  if (!/^bearer /i.test(header)) return undefined;
  const parameters = new Map(
    [...header.matchAll(/([a-z]+)="([^"]*)"/gi)].map(([, key = "", value = ""]) => [key.toLowerCase(), value]),
  );
  const realm = URL.parse(parameters.get("realm") ?? "");
  return realm ? { realm, service: parameters.get("service") } : undefined;
}

async function fetchToken(
  transport: Transport,
  clock: Clock,
  { realm, service }: Challenge,
  scope: string,
): Promise<Token> {
  const url = new URL(realm);
  url.searchParams.set("scope", scope);
  if (service !== undefined) url.searchParams.set("service", service);
  const response = await transport({
    method: "GET",
    url: url.href,
    headers: { accept: "application/json" },
    body: EMPTY_BODY,
  });
  const bytes = await readBody(response.body, MAX_TOKEN_BYTES);
  if (response.status !== 200) {
    const isRetryable = response.status === 429 || response.status >= 500;
    throw new RegistryError(`GET ${realm.origin}${realm.pathname} (token): HTTP ${response.status}`, {
      status: response.status,
      isRetryable,
    });
  }
  const answer = JSON.parse(Buffer.from(bytes).toString()) as {
    token?: string;
    access_token?: string;
    expires_in?: number;
  };
  const value = answer.token ?? answer.access_token;
  if (value === undefined)
    throw new RegistryError(`${realm.host} answered without a token`, { status: 0, isRetryable: false });
  const seconds = Math.max(0, (answer.expires_in ?? DEFAULT_LIFETIME_SECONDS) - EXPIRY_MARGIN_SECONDS);
  return { value, expiresAt: clock.monotonicMs() + seconds * 1000 };
}
