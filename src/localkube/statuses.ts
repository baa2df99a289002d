// Refusals in the words of a real API server, because kubectl decides by them. Held to one by test/contract.
import { type HttpResponse, jsonResponse } from "../http/message.ts";
import type { Resource } from "../resources/resource.ts";
import type { Violation } from "../resources/violation.ts";

interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly { readonly reason?: string; readonly message: string; readonly field?: string }[];
  readonly retryAfterSeconds?: number;
}

/** A request that is answered with a Status object. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  readonly metadata: { readonly continue?: string };

  constructor(
    code: number,
    reason: string,
    message: string,
    details?: StatusDetails,
    metadata: StatusError["metadata"] = {},
  ) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.metadata = metadata;
  }
}

export function statusBody({ code, reason, message, details, metadata }: StatusError) {
  const base = { kind: "Status", apiVersion: "v1", metadata, status: "Failure", message };
  return { ...base, ...(reason && { reason }), ...(details && { details }), code };
}

export function statusResponse(error: StatusError): HttpResponse {
  const seconds = error.details?.retryAfterSeconds;
  return jsonResponse(error.code, statusBody(error), seconds === undefined ? {} : { "retry-after": String(seconds) });
}

export function methodNotAllowed(
  message = "the server does not allow this method on the requested resource",
): StatusError {
  return new StatusError(405, "MethodNotAllowed", message, {});
}

/** What kept us from doing as we were asked. */
export function internalError(message: string): StatusError {
  return new StatusError(500, "InternalError", `Internal error occurred: ${message}`, { causes: [{ message }] });
}

/** For what may not be said here. */
export function forbidden(field: string, why: string): Violation {
  return { field, reason: "FieldValueForbidden", message: `Forbidden: ${why}` };
}

/** Options of a request (`ListOptions`, `CreateOptions`, …) that are no option's values. */
export function invalidOptions(kind: string, violations: readonly Violation[]): StatusError {
  const details = { group: "meta.k8s.io", kind, causes: violations };
  return new StatusError(422, "Invalid", `${kind}.meta.k8s.io "" is invalid: ${joined(violations)}`, details);
}

export function notFound(resource: Resource, name: string): StatusError {
  return new StatusError(404, "NotFound", `${qualified(resource)} "${name}" not found`, detailsOf(resource, name));
}

export function alreadyExists(resource: Resource, name: string, isTerminating: boolean): StatusError {
  const message = `${isTerminating ? "object is being deleted: " : ""}${qualified(resource)} "${name}" already exists`;
  return new StatusError(409, "AlreadyExists", message, detailsOf(resource, name));
}

export function conflict(resource: Resource, name: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": the object has been modified; please apply your changes to the latest version and try again`;
  return new StatusError(409, "Conflict", message, detailsOf(resource, name));
}

/** Preconditions of a delete are named with the kind instead of the plural. */
export function kindConflict({ group, kind }: Resource, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${group === "" ? kind : `${kind}.${group}`} "${name}": ${why}`;
  return new StatusError(409, "Conflict", message, { name, ...(group && { group }), kind });
}

/** As `invalid`, but named with the plural: what the store, not the kind, refuses. */
export function invalidPlural(resource: Resource, name: string, violations: readonly Violation[]): StatusError {
  const details = { ...detailsOf(resource, name), causes: violations };
  return new StatusError(422, "Invalid", `${qualified(resource)} "${name}" is invalid: ${joined(violations)}`, details);
}

/** One or several violations: field and what is wrong with it. */
export function invalid(resource: Resource, name: string, violations: readonly Violation[]): StatusError {
  const { group, kind } = resource;
  const qualifiedKind = group === "" ? kind : `${kind}.${group}`;
  const details = { ...(name && { name }), ...(group && { group }), kind, causes: violations };
  return new StatusError(422, "Invalid", `${qualifiedKind} "${name}" is invalid: ${joined(violations)}`, details);
}

export function detailsOf({ group, plural }: Resource, name: string): StatusDetails {
  return { name, ...(group && { group }), kind: plural };
}

function joined(violations: readonly Violation[]): string {
  const texts = violations.map(({ field, message }) => `${field}: ${message}`);
  return texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
}

export function qualified({ group, plural }: Resource): string {
  return group === "" ? plural : `${plural}.${group}`;
}
