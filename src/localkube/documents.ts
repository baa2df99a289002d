// What the server says of itself: version, health, and the API's schemas. embedded-api.md, section 6.
import { type HttpResponse, jsonResponse } from "../http/message.ts";

/** The release whose behaviour this API follows: kube-apiserver.md was checked against it. */
const MAJOR = "1";
const MINOR = "36";
const GIT_VERSION = "v1.36.3+dockbell";

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
  "/version": () => jsonResponse(200, { major: MAJOR, minor: MINOR, gitVersion: GIT_VERSION, platform: "linux/amd64" }),
  "/healthz": ok,
  "/livez": ok,
  "/readyz": ok,
  "/openapi/v2": () => ({
    status: 200,
    headers: { "content-type": "application/com.github.proto-openapi.spec.v2.v1.0+protobuf" },
    body: OPENAPI_V2,
  }),
};

/** Paths that anybody may ask. */
export const OPEN_PATHS: ReadonlySet<string> = new Set(["/version", "/healthz", "/livez", "/readyz"]);

/** Undefined where the path names no document. */
export function documentResponse(path: string): HttpResponse | undefined {
  return DOCUMENTS[path]?.();
}

function ok(): HttpResponse {
  return { status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body: Buffer.from("ok") };
}
