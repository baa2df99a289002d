// Follows redirects by hand: a few, never from https to http, and what says who asks stays with the host it is for.
// Registries redirect blobs to their storage, and some every request to a mirror.
import { RegistryError } from "../errors.ts";
import { PLAIN_HTTP_SETTING } from "./advice.ts";
import { strayReason } from "./destinations.ts";
import { type Ask, askedOf, type RegistryRequest, type RegistryResponse } from "./exchange.ts";
import type { MayBePlain } from "./plain-http.ts";

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export function createRedirects(ask: Ask, mayBePlain: MayBePlain): Ask {
  return async (first) => {
    let request = first;
    for (let redirects = 0; ; redirects++) {
      const response = await ask(request);
      if (!REDIRECTS.has(response.status)) return response;
      if (redirects === MAX_REDIRECTS) throw refused(first, `more than ${MAX_REDIRECTS} redirects`);
      request = redirected(request, response, mayBePlain);
    }
  };
}

function redirected(request: RegistryRequest, response: RegistryResponse, mayBePlain: MayBePlain): RegistryRequest {
  const from = new URL(request.url);
  const location = response.header("location");
  const to = location === "" ? null : URL.parse(location, request.url);
  if (to?.protocol !== "https:" && to?.protocol !== "http:") {
    throw refused(request, `HTTP ${response.status} redirects nowhere`);
  }
  to.username = "";
  to.password = "";
  if (to.protocol === "http:" && from.protocol === "https:") {
    throw refused(request, `it redirects from https to http (${to.origin}), which is not followed`);
  }
  if (to.protocol === "http:" && !mayBePlain(to.host)) {
    throw refused(
      request,
      `it redirects to ${to.origin} in plain HTTP: allow that with ${PLAIN_HTTP_SETTING} ${to.host}`,
    );
  }
  const stray = strayReason(from, to);
  if (stray !== undefined) throw refused(request, `it redirects, but ${stray}`);
  if (to.href === request.url) throw refused(request, "it redirects to itself");
  const { authorization, ...headers } = request.headers;
  const keepsAuthorization = to.origin === from.origin && authorization !== undefined;
  return { ...request, url: to.href, headers: keepsAuthorization ? request.headers : headers };
}

function refused(request: RegistryRequest, why: string): RegistryError {
  return new RegistryError(`${askedOf(request)}: ${why}`, { status: 0, isRetryable: false });
}
