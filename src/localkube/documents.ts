// What the server says of itself: its version and that it is well.
import { type HttpResponse, jsonResponse } from "../http/message.ts";

/** The release whose behaviour this API follows: the contract suite is run on it. */
const MAJOR = "1";
const MINOR = "36";
const GIT_VERSION = "v1.36.3+dockbell";

const DOCUMENTS: Readonly<Record<string, () => HttpResponse>> = {
  "/version": () => jsonResponse(200, { major: MAJOR, minor: MINOR, gitVersion: GIT_VERSION, platform: "linux/amd64" }),
  "/healthz": ok,
  "/livez": ok,
  "/readyz": ok,
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
