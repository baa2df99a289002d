import assert from "node:assert/strict";
import { test } from "node:test";
import { bearsToken } from "./bearer.ts";
import { EMPTY_BODY, type HttpRequest } from "./message.ts";

function request(authorization: string | undefined): HttpRequest {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  return { method: "GET", url: "/", headers, body: EMPTY_BODY };
}

for (const [authorization, token, isBorne] of [
  ["Bearer t0ken", "t0ken", true],
  ["bearer t0ken", "t0ken", true],
  ["Bearer other", "t0ken", false],
  ["Bearer ", "t0ken", false],
  [undefined, "t0ken", false],
  [undefined, "", false],
  ["Bearer ", "", false],
  ["Basic t0ken", "", false],
] as const) {
  test(`${authorization ?? "no header"} ${isBorne ? "bears" : "does not bear"} the token "${token}"`, () => {
    assert.equal(bearsToken(request(authorization), token), isBorne);
  });
}
