import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { HttpResponse } from "../http/message.ts";
import { discoveryResponse } from "./discovery.ts";
import { StatusError } from "./statuses.ts";

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const BETA = AGGREGATED.replace("v=v2", "v=v2beta1");

function get(path: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  const response = discoveryResponse(path, headers);
  assert.ok(response, `${path} is not discovery's`);
  return response;
}

function json(response: HttpResponse): Record<string, unknown> {
  return JSON.parse(Buffer.from(response.body as Uint8Array).toString()) as Record<string, unknown>;
}

describe("discovery", () => {
  test("is one list where the client takes it", () => {
    const accept = `${AGGREGATED},${BETA},application/json`;

    const response = get("/apis", { accept });

    assert.equal(response.headers["content-type"], AGGREGATED);
    assert.equal(json(response)["kind"], "APIGroupDiscoveryList");
  });

  test("is one document a group version for others", () => {
    const kinds = ["/api", "/api/v1", "/apis", "/apis/kargo.akuity.io", "/apis/kargo.akuity.io/v1alpha1"].map(
      (path) => json(get(path, { accept: `${BETA},application/json` }))["kind"],
    );

    assert.deepEqual(kinds, ["APIVersions", "APIResourceList", "APIGroupList", "APIGroup", "APIResourceList"]);
  });

  test("refuses a client that takes neither", () => {
    assert.throws(
      () => discoveryResponse("/api", { accept: BETA }),
      (error) => error instanceof StatusError && error.code === 406,
    );
  });

  test("says when nothing has changed", () => {
    const first = get("/api", { accept: AGGREGATED });
    const second = get("/api", { accept: AGGREGATED, "if-none-match": String(first.headers["etag"]) });

    assert.equal(second.status, 304);
  });

  test("has a storage version hash of the kind, the same as any API server's", () => {
    const { resources } = json(get("/api/v1")) as {
      resources: readonly { name: string; storageVersionHash?: string }[];
    };

    const event = resources.find(({ name }) => name === "events");

    assert.equal(event?.storageVersionHash, "r2yiGXH7wu8=");
  });

  test("knows no other group or version", () => {
    for (const path of ["/apis/apps", "/apis/apps/v1", "/api/v2", "/apis/kargo.akuity.io/v1alpha1/projects"]) {
      assert.equal(discoveryResponse(path, {}), undefined, path);
    }
  });
});
