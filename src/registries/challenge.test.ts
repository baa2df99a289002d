import assert from "node:assert/strict";
import { test } from "node:test";
import { type Challenge, parseChallenge } from "./challenge.ts";

const BASIC: Challenge = { kind: "basic" };

function bearer(realm: string, service = "", scope = ""): Challenge {
  return { kind: "bearer", realm, service, scope };
}

const CHALLENGES: readonly (readonly [header: string, challenge: Challenge | undefined])[] = [
  // docs.docker.com/registry/spec/auth/token
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:samalba/my-app:pull,push"',
    bearer("https://auth.docker.io/token", "registry.docker.io", "repository:samalba/my-app:pull,push"),
  ],
  ['bearer REALM="https://a/token", Service="s"', bearer("https://a/token", "s")],
  ["Bearer realm=https%3A", bearer("https%3A")],
  ['Bearer realm="a\\"b"', bearer('a"b')],
  ['Basic realm="x", Bearer realm="https://a/token"', bearer("https://a/token")],
  ['Bearer realm="https://a/token", Basic realm="x"', bearer("https://a/token")],
  ['Bearer error="invalid_token", Basic realm="x"', BASIC],
  ['Basic realm="Registry Realm"', BASIC],
  ["Basic", BASIC],
  ["BASIC realm=x", BASIC],
  ['Negotiate, Basic realm="x"', BASIC],
  ["Negotiate", undefined],
  ["Bearer", undefined],
  ['Digest realm="x", nonce="Basic y"', undefined],
  ["", undefined],
  ['"Basic"', undefined],
];

for (const [header, challenge] of CHALLENGES) {
  test(`the challenge ${header || "(none)"} is understood`, () => {
    assert.deepEqual(parseChallenge(header), challenge);
  });
}

test("a header made to cost time costs none", () => {
  assert.equal(parseChallenge(`Bearer realm="${"\\".repeat(16_000)}`), undefined);
});
