// Every answer of the webhook listener, in one place: docs/compatibility.md, section 3.4, and ARCHITECTURE.md, "The
// answer".
// Senders and Kargo's own clients read these byte for byte.
import { EMPTY_BODY, type HttpResponse, jsonResponse } from "../http/message.ts";

/** Kargo's limit on a webhook's body. */
export const MAX_BODY_BYTES = 2_097_152;
const RETRY_AFTER_SECONDS = "1";

/** Every matching Warehouse was refreshed. */
export function refreshed(deliveryId: string, count: number): HttpResponse {
  return jsonResponse(200, { msg: `refreshed ${count} warehouse(s)` }, { "dockbell-delivery": deliveryId });
}

/** The delivery is on disk, and worked on until each of its Warehouses was refreshed. */
export function accepted(deliveryId: string): HttpResponse {
  return jsonResponse(202, { msg: "accepted", delivery: deliveryId }, { "dockbell-delivery": deliveryId });
}

export function healthy(): HttpResponse {
  return { status: 200, headers: {}, body: EMPTY_BODY };
}

export function unknownPath(): HttpResponse {
  return jsonResponse(404, {});
}

export function methodNotAllowed(): HttpResponse {
  return jsonResponse(405, {}, { allow: "POST" });
}

/** The receivers are not known yet, the log is full, or a body is not awaited: the sender may come back. */
export function unavailable(): HttpResponse {
  return jsonResponse(503, {}, { "retry-after": RETRY_AFTER_SECONDS });
}

/** An operator has it take no more; another replica may. */
export function draining(): HttpResponse {
  return jsonResponse(503, { error: "being drained" }, { "retry-after": RETRY_AFTER_SECONDS });
}

export function invalidBody(): HttpResponse {
  return jsonResponse(400, { error: "invalid request body" });
}

export function bodyTooLarge(): HttpResponse {
  return jsonResponse(413, { error: `content exceeds limit of ${MAX_BODY_BYTES} bytes` }, { connection: "close" });
}

export function bodyTooSlow(): HttpResponse {
  return jsonResponse(408, { error: "request body did not arrive in time" }, { connection: "close" });
}

/** Nothing was recorded; why is told to the log, never to the sender. */
export function failed(): HttpResponse {
  return jsonResponse(500, {}, { connection: "close" });
}

export function malformedTarget(): HttpResponse {
  const headers = { "content-type": "text/plain; charset=utf-8", connection: "close" };
  return { status: 400, headers, body: Buffer.from("400 Bad Request") };
}

/** As Go's `http.Redirect` answers; section 3.2. */
export function redirect(method: string, location: string): HttpResponse {
  if (method !== "GET" && method !== "HEAD") return { status: 307, headers: { location }, body: EMPTY_BODY };
  const href = location.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&#34;");
  const body = Buffer.from(`<a href="${href}">Temporary Redirect</a>.\n\n`);
  return { status: 307, headers: { "content-type": "text/html; charset=utf-8", location }, body };
}
