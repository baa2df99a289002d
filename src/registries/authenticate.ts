// Answers the challenges of registries. One token for each registry, scope and credential: asked for once, shared by
// all who need it at that moment, used until shortly before it expires.
// Distribution project, "Token Authentication Specification"; RFC 7617 for Basic.
import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import { type Access, basicAuthorization, withholdReason } from "./access.ts";
import { type Challenge, parseChallenge } from "./challenge.ts";
import type { Ask, RegistryRequest, RegistryResponse } from "./exchange.ts";
import type { MayBePlain } from "./plain-http.ts";
import { createTokens, type Tokens } from "./tokens.ts";

/** A 401 that comes back is the registry's last word. */
export type AskAs = (request: Omit<RegistryRequest, "account">, access: Access) => Promise<RegistryResponse>;

interface AuthenticateOptions {
  readonly clock: Clock;
  readonly mayBePlain: MayBePlain;
}

export function createAuthenticate(ask: Ask, options: AuthenticateOptions): AskAs {
  const authenticator = new Authenticator(ask, options);
  return (request, access) => authenticator.ask(request, access);
}

class Authenticator {
  readonly #ask: Ask;
  readonly #tokens: Tokens;
  /** What was asked for last, so that the next request need not be refused first. */
  readonly #challenges = new Map<string, Challenge>();

  constructor(ask: Ask, { clock, mayBePlain }: AuthenticateOptions) {
    this.#ask = ask;
    this.#tokens = createTokens(ask, { clock, mayBePlain });
  }

  async ask(bare: Omit<RegistryRequest, "account">, access: Access): Promise<RegistryResponse> {
    const request = { ...bare, account: access.credential?.username ?? "" };
    const isRegistry = new URL(request.url).origin === access.origin;
    // The next page of a list that was redirected: whoever has it, it is not the registry.
    if (!isRegistry) return this.#ask({ ...request, account: "" });
    const known = this.#known(request, access);
    const authorization = known && (await this.#authorization(known, request, access));
    const response = await this.#ask(withAuthorization(request, authorization));
    const isChallenge = response.status === 401 && new URL(response.url).origin === access.origin;
    const challenge = isChallenge ? parseChallenge(response.header("www-authenticate")) : undefined;
    if (!challenge) return response;
    const learnt = this.#learn(challenge, request, access);
    // A token may have been withdrawn: it is asked for once more. A Basic credential cannot become better.
    this.#tokens.forget(keyOf(request, access, learnt), authorization);
    const answer = await this.#authorization(learnt, request, access);
    return answer === undefined || answer === authorization ? response : this.#ask(withAuthorization(request, answer));
  }

  #known(request: RegistryRequest, { origin, scope }: Access): Challenge | undefined {
    const place = placeOf(request, origin);
    return this.#challenges.get(`${place} ${scope}`) ?? this.#challenges.get(place);
  }

  /** A registry that asks for the scope we would ask for does so for its other repositories as well. */
  #learn(challenge: Challenge, request: RegistryRequest, { origin, scope }: Access): Challenge {
    const isConventional = challenge.kind === "basic" || challenge.scope === "" || challenge.scope === scope;
    const learnt: Challenge = isConventional && challenge.kind === "bearer" ? { ...challenge, scope: "" } : challenge;
    const place = placeOf(request, origin);
    this.#challenges.set(isConventional ? place : `${place} ${scope}`, learnt);
    return learnt;
  }

  /** The header's value; undefined where there is nothing to say. */
  async #authorization(challenge: Challenge, request: RegistryRequest, access: Access): Promise<string | undefined> {
    const { credential, origin } = access;
    if (challenge.kind === "basic") {
      return credential && withholdReason(origin, origin) === undefined ? basicAuthorization(credential) : undefined;
    }
    const { insecureSkipTLSVerify, signal } = request;
    return this.#tokens.get(keyOf(request, access, challenge), { challenge, access, insecureSkipTLSVerify, signal });
  }
}

/** What somebody in the registry's place said without a certificate must not lead a verified request astray. */
function placeOf({ insecureSkipTLSVerify }: RegistryRequest, origin: string): string {
  return `${origin} ${insecureSkipTLSVerify === true ? "unverified" : "verified"}`;
}

/** A password never becomes part of a key. */
function keyOf(request: RegistryRequest, access: Access, challenge: Challenge): string {
  const { origin, scope, credential } = access;
  const who = credential ? createHash("sha256").update(basicAuthorization(credential)).digest("base64url") : "";
  return JSON.stringify([placeOf(request, origin), scope, who, challenge]);
}

function withAuthorization(request: RegistryRequest, authorization: string | undefined): RegistryRequest {
  return authorization === undefined ? request : { ...request, headers: { ...request.headers, authorization } };
}
