// What kubectl asks before everything else: which groups and kinds there are. embedded-api.md, sections 5 and 6.
import { type HttpResponse, jsonResponse } from "../http/message.ts";
import { SERVED_KINDS, type ServedKind } from "./kinds.ts";

const KARGO = { groupVersion: "kargo.akuity.io/v1alpha1", version: "v1alpha1" };
const KARGO_GROUP = { name: "kargo.akuity.io", versions: [KARGO], preferredVersion: KARGO };
const VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"];

/** The smallest OpenAPI v2 document, in protobuf: swagger "2.0" and an info with title and version. */
const OPENAPI_V2 = Buffer.concat([
  Buffer.from([0x0a, 3]),
  Buffer.from("2.0"),
  Buffer.from([0x12, 18, 0x0a, 8]),
  Buffer.from("Dockbell"),
  Buffer.from([0x12, 6]),
  Buffer.from("v1.0.0"),
]);

const DOCUMENTS: Readonly<Record<string, () => HttpResponse>> = {
  "/version": () =>
    jsonResponse(200, { major: "1", minor: "36", gitVersion: "v1.36.0+dockbell", platform: "linux/amd64" }),
  "/healthz": ok,
  "/livez": ok,
  "/readyz": ok,
  "/api": () => jsonResponse(200, { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] }),
  "/apis": () => jsonResponse(200, { kind: "APIGroupList", apiVersion: "v1", groups: [KARGO_GROUP] }),
  "/apis/kargo.akuity.io": () => jsonResponse(200, { kind: "APIGroup", apiVersion: "v1", ...KARGO_GROUP }),
  "/api/v1": () =>
    jsonResponse(
      200,
      resourceList("v1", (kind) => !kind.isCustom),
    ),
  "/apis/kargo.akuity.io/v1alpha1": () =>
    jsonResponse(
      200,
      resourceList(KARGO.groupVersion, (kind) => kind.isCustom),
    ),
  "/openapi/v2": () => ({
    status: 200,
    headers: { "content-type": "application/com.github.proto-openapi.spec.v2.v1.0+protobuf" },
    body: OPENAPI_V2,
  }),
};

/** Paths that anybody may ask. */
export const OPEN_PATHS: ReadonlySet<string> = new Set(["/version", "/healthz", "/livez", "/readyz"]);

/** Undefined where the path names no document. */
export function discoveryResponse(path: string): HttpResponse | undefined {
  return DOCUMENTS[path]?.();
}

function ok(): HttpResponse {
  return { status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body: Buffer.from("ok") };
}

function resourceList(groupVersion: string, isIn: (kind: ServedKind) => boolean) {
  const resources = SERVED_KINDS.filter(isIn).flatMap(({ resource, shortNames, hasStatus }) => {
    const { plural, kind, isNamespaced: namespaced } = resource;
    const main = {
      name: plural,
      singularName: kind.toLowerCase(),
      namespaced,
      kind,
      verbs: VERBS,
      ...(shortNames.length > 0 && { shortNames }),
    };
    const status = { name: `${plural}/status`, singularName: "", namespaced, kind, verbs: ["get", "patch", "update"] };
    return hasStatus ? [main, status] : [main];
  });
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources };
}
