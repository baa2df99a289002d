// How an answer is written: JSON, a Table or YAML, by what the caller accepts.
import { dump } from "js-yaml";
import type { Headers, HttpResponse } from "../http/message.ts";
import type { Call } from "./call.ts";
import type { ServedKind } from "./kinds.ts";
import { StatusError } from "./statuses.ts";
import type { StoredObject } from "./store.ts";
import { tableOf, wantsTable } from "./table.ts";

const JSON_TYPE = "application/json";
const YAML_TYPE = "application/yaml";
const REPRESENTATIONS = `${JSON_TYPE}, ${YAML_TYPE}, application/vnd.kubernetes.protobuf`;

export function isTableWanted({ request }: Call): boolean {
  return wantsTable(request.headers["accept"] ?? "");
}

/** One object, or the Table of it. `warnings` become headers that kubectl prints. */
export function objectAnswer(
  call: Call,
  status: number,
  object: StoredObject,
  warnings: readonly string[] = [],
): HttpResponse {
  const { kind } = call.route;
  const metadata = { resourceVersion: object.metadata.resourceVersion ?? "" };
  const options = { nowMs: call.clock.now(), includeObject: call.query.get("includeObject"), metadata };
  return answerValue(call, status, isTableWanted(call) ? tableOf(kind, [object], options) : object, warnings);
}

export function answerValue(
  { request, query, route }: Call,
  status: number,
  value: unknown,
  warnings: readonly string[] = [],
): HttpResponse {
  const mediaType = acceptedType(request.headers["accept"], route.kind);
  const isPretty = query.get("pretty") === "true" || /^curl\//.test(request.headers["user-agent"] ?? "");
  const text = mediaType === YAML_TYPE ? dump(value) : `${JSON.stringify(value, null, isPretty ? 2 : 0)}\n`;
  const headers: Headers = {
    "content-type": mediaType,
    ...(warnings.length > 0 && { warning: warnings.map((warning) => `299 - ${JSON.stringify(warning)}`) }),
  };
  return { status, headers, body: Buffer.from(text) };
}

/** The first type of the list that is served; parameters but `as=Table` are passed over. Throws `StatusError` (406). */
export function acceptedType(accept: string | undefined, { isCustom }: ServedKind): string {
  const types = (accept ?? "*/*").split(",").map((one) => one.split(";")[0]?.trim());
  for (const type of types) {
    if (type === YAML_TYPE) return YAML_TYPE;
    if (type === JSON_TYPE || type === "*/*" || type === "application/*" || type === "") return JSON_TYPE;
  }
  throw isCustom
    ? new StatusError(406, "NotAcceptable", `only the following media types are accepted: ${REPRESENTATIONS}`)
    : new StatusError(406, "NotAcceptable", `406: Not Acceptable\n\nAvailable representations: ${REPRESENTATIONS}`, {});
}
