// The bodies are what kubectl 1.36.3 sends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeProtobuf } from "./protobuf.ts";

const SECRET = "azhzAAoMCgJ2MRIGU2VjcmV0EiwKFQoBcxIAGgRkZW1vIgAqADIAOABCABIRCgZzZWNyZXQSB2h1bnRlcjIaABoAIgA=";

const CASES: readonly (readonly [command: string, body: string, json: unknown])[] = [
  [
    "create namespace demo",
    "azhzAAoPCgJ2MRIJTmFtZXNwYWNlEhwKFAoEZGVtbxIAGgAiACoAMgA4AEIAEgAaAgoAGgAiAA==",
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "demo" } },
  ],
  [
    "create secret generic s -n demo --from-literal=secret=hunter2",
    SECRET,
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s", namespace: "demo" },
      data: { secret: "aHVudGVyMg==" },
    },
  ],
  [
    "auth can-i get warehouses.kargo.akuity.io/w -n demo",
    "azhzAAoyChdhdXRob3JpemF0aW9uLms4cy5pby92MRIXU2VsZlN1YmplY3RBY2Nlc3NSZXZpZXcSUAoQCgASABoAIgAqADIAOABCABIyCjAKBGRlbW8SA2dldBoAIgAqGndhcmVob3VzZXMua2FyZ28uYWt1aXR5LmlvMgA6AXcaCAgAEgAaACAAGgAiAA==",
    {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",

      spec: {
        resourceAttributes: { namespace: "demo", verb: "get", resource: "warehouses.kargo.akuity.io", name: "w" },
      },
    },
  ],
  [
    "auth can-i --list -n demo",
    "azhzAAoxChdhdXRob3JpemF0aW9uLms4cy5pby92MRIWU2VsZlN1YmplY3RSdWxlc1JldmlldxIgChAKABIAGgAiACoAMgA4AEIAEgYKBGRlbW8aBBgAIgAaACIA",
    {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectRulesReview",

      spec: { namespace: "demo" },
    },
  ],
];

for (const [command, body, json] of CASES) {
  test(`what \`kubectl ${command}\` posts is read as JSON`, () => {
    assert.deepEqual(decodeProtobuf(Buffer.from(body, "base64")), json);
  });
}

test("a kind that nobody sends in protobuf is not known", () => {
  const body = Buffer.from(SECRET.replace("U2VjcmV0", "U2VjcmVU"), "base64");

  assert.equal(decodeProtobuf(body), undefined);
});

test("every cut of a body is refused or read, and never reads beyond its end", () => {
  const body = Buffer.from(SECRET, "base64");

  for (let length = 0; length < body.length; length++) {
    const cut = body.subarray(0, length);
    try {
      decodeProtobuf(cut);
    } catch (error) {
      assert.ok(error instanceof RangeError, `${length} bytes: ${String(error)}`);
    }
  }
});
