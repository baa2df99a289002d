import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpResponse } from "../http/message.ts";
import { createOpenApi } from "./openapi.ts";

const openApi = createOpenApi();
const NOW = Date.parse("2026-11-24T23:00:00Z");

function get(url: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  const { pathname: path, searchParams: query } = new URL(url, "http://localkube");
  const response = openApi({ path, query, headers, nowMs: NOW });
  assert.ok(response, `${url} is not OpenAPI's`);
  return response;
}

function json(response: HttpResponse): unknown {
  return JSON.parse(Buffer.from(response.body as Uint8Array).toString());
}

function urls(): Readonly<Record<string, string>> {
  const { paths } = json(get("/openapi/v3")) as { paths: Record<string, { serverRelativeURL: string }> };
  return Object.fromEntries(Object.entries(paths).map(([root, { serverRelativeURL }]) => [root, serverRelativeURL]));
}

test("the index names a document for each group version", () => {
  assert.deepEqual(Object.keys(urls()).sort(), [
    "api/v1",
    "apis/apiextensions.k8s.io/v1",
    "apis/coordination.k8s.io/v1",
    "apis/kargo.akuity.io/v1alpha1",
  ]);
});

test("a document at its hash may be kept for a year", () => {
  const response = get(urls()["api/v1"] ?? "");

  assert.equal(response.status, 200);
  assert.equal(response.headers["cache-control"], "public, immutable");
  assert.equal(response.headers["expires"], "Wed, 24 Nov 2027 23:00:00 GMT");
});

test("a document without its hash is asked for anew, unless it is known", () => {
  const first = get("/openapi/v3/api/v1");
  const second = get("/openapi/v3/api/v1", { "if-none-match": String(first.headers["etag"]) });

  assert.equal(first.headers["cache-control"], "no-cache, private");
  assert.equal(second.status, 304);
});

test("another hash is led to the right one", () => {
  const response = get("/openapi/v3/api/v1?hash=00");

  assert.equal(response.status, 301);
  assert.equal(response.headers["location"], urls()["api/v1"]);
});

test("a group version that is not served has no document", () => {
  assert.equal(get("/openapi/v3/apis/apps/v1").status, 404);
});

test("every schema that is referred to is in the document", () => {
  for (const url of Object.values(urls())) {
    const document = json(get(url)) as { components: { schemas: object } };
    const names = new Set(Object.keys(document.components.schemas));
    const missing = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)]
      .map(([, name]) => name ?? "")
      .filter((name) => !names.has(name));

    assert.deepEqual(missing, [], url);
  }
});

test("strategic merge patches are offered where they work", () => {
  const patchTypes = (root: string, path: string) => {
    const { paths } = json(get(urls()[root] ?? "")) as {
      paths: Record<string, { patch: { requestBody: { content: object } } }>;
    };
    return Object.keys(paths[path]?.patch.requestBody.content ?? {});
  };

  const secret = patchTypes("api/v1", "/api/v1/namespaces/{namespace}/secrets/{name}");
  const project = patchTypes("apis/kargo.akuity.io/v1alpha1", "/apis/kargo.akuity.io/v1alpha1/projects/{name}");

  assert.ok(secret.includes("application/strategic-merge-patch+json"));
  assert.ok(!project.includes("application/strategic-merge-patch+json"));
});

test("version 2 is protobuf for kubectl and JSON for people", () => {
  const protobuf = get("/openapi/v2", { accept: "application/com.github.proto-openapi.spec.v2@v1.0+protobuf" });
  const { definitions } = json(get("/openapi/v2", { accept: "application/json" })) as { definitions: object };

  assert.match(Buffer.from(protobuf.body as Uint8Array).toString(), /2\.0.*Dockbell/s);
  assert.ok("io.akuity.kargo.v1alpha1.Warehouse" in definitions);
});
