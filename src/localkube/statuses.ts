// Refusals in the words of a real API server, because kubectl decides by them: kube-apiserver.md, section (b).
import { type HttpResponse, jsonResponse } from "../http/message.ts";
import type { Resource } from "../resources/resource.ts";

interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly { readonly reason: string; readonly message: string; readonly field: string }[];
}

/** A request that is answered with a Status object. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
}

export function statusBody({ code, reason, message, details }: StatusError) {
  const base = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason };
  return { ...base, ...(details && { details }), code };
}

export function statusResponse(error: StatusError): HttpResponse {
  return jsonResponse(error.code, statusBody(error));
}

export function notFound(resource: Resource, name: string): StatusError {
  return new StatusError(404, "NotFound", `${qualified(resource)} "${name}" not found`, detailsOf(resource, name));
}

export function alreadyExists(resource: Resource, name: string): StatusError {
  return new StatusError(
    409,
    "AlreadyExists",
    `${qualified(resource)} "${name}" already exists`,
    detailsOf(resource, name),
  );
}

export function conflict(resource: Resource, name: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": the object has been modified; please apply your changes to the latest version and try again`;
  return new StatusError(409, "Conflict", message, detailsOf(resource, name));
}

/** One or several violations: field and what is wrong with it. */
export function invalid(
  resource: Resource,
  name: string,
  violations: readonly (readonly [field: string, text: string])[],
): StatusError {
  const { group, kind } = resource;
  const texts = violations.map(([field, text]) => `${field}: ${text}`);
  const list = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  const qualifiedKind = group === "" ? kind : `${kind}.${group}`;
  const causes = violations.map(([field, message]) => ({ reason: causeOf(message), message, field }));
  const details = { name, ...(group && { group }), kind, causes };
  return new StatusError(422, "Invalid", `${qualifiedKind} "${name}" is invalid: ${list}`, details);
}

export function detailsOf({ group, plural }: Resource, name: string): StatusDetails {
  return { name, ...(group && { group }), kind: plural };
}

function causeOf(message: string): string {
  if (message.startsWith("Required")) return "FieldValueRequired";
  if (message.startsWith("Duplicate")) return "FieldValueDuplicate";
  return "FieldValueInvalid";
}

function qualified({ group, plural }: Resource): string {
  return group === "" ? plural : `${plural}.${group}`;
}
