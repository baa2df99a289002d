// Whether a request carries a bearer token (RFC 6750). The admin API and the embedded API call it.
import { timingSafeEqual } from "node:crypto";
import type { HttpRequest } from "./message.ts";

/**
 * Takes equally long wherever a wrong token of the right length differs; the scheme's case does not matter. Nobody
 * bears an empty token.
 */
export function bearsToken({ headers }: HttpRequest, token: string): boolean {
  const given = Buffer.from(/^bearer (.*)$/i.exec(headers["authorization"] ?? "")?.[1] ?? "");
  const wanted = Buffer.from(token);
  return given.length > 0 && given.length === wanted.length && timingSafeEqual(given, wanted);
}
