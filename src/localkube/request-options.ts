// The options of a write, from its query or, for a delete, from its body.
import { invalidValue, unsupportedValue, type Violation } from "../resources/violation.ts";
import { forbidden, invalidOptions, StatusError } from "./statuses.ts";

/** What happens to fields that the kind does not have. */
export type FieldValidation = "Strict" | "Warn" | "Ignore";
export type PropagationPolicy = "Background" | "Foreground" | "Orphan";

export interface WriteOptions {
  readonly isDryRun: boolean;
  readonly fieldValidation: FieldValidation;
}

export interface DeleteOptions {
  readonly isDryRun: boolean;
  /** Undefined where the request leaves it to the kind. */
  readonly propagationPolicy: PropagationPolicy | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

const VALIDATIONS = ["", "Ignore", "Strict", "Warn"];
const POLICIES = ["Foreground", "Background", "Orphan"];

/** Throws `StatusError` (422) for values no option has; `kind` is the one of the refusal (`CreateOptions`, …). */
export function writeOptionsOf(
  query: URLSearchParams,
  kind: "CreateOptions" | "UpdateOptions" | "PatchOptions",
): WriteOptions {
  const dryRun = query.getAll("dryRun");
  const fieldValidation = query.get("fieldValidation") ?? "";
  const violations: Violation[] = [...dryRunViolations(dryRun)];
  if (!VALIDATIONS.includes(fieldValidation)) {
    violations.push(unsupportedValue("fieldValidation", fieldValidation, VALIDATIONS));
  }
  if (kind === "PatchOptions" && query.has("force")) {
    violations.push(forbidden("force", "may not be specified for non-apply patch"));
  }
  if (violations.length > 0) throw invalidOptions(kind, violations);
  return { isDryRun: isDry(dryRun), fieldValidation: (fieldValidation || "Warn") as FieldValidation };
}

/** A body, even an empty object, makes the query count for nothing. */
export function deleteOptionsOf(query: URLSearchParams, body: unknown): DeleteOptions {
  const given = body === undefined ? fromQuery(query) : fromBody(body);
  const violations: Violation[] = [...dryRunViolations(given.dryRun)];
  const { policy, orphanDependents } = given;
  if (policy !== undefined && orphanDependents !== undefined) {
    const why = "orphanDependents and deletionPropagation cannot be both set";
    violations.push(invalidValue("propagationPolicy", policy, why));
  } else if (policy !== undefined && !POLICIES.includes(policy)) {
    violations.push(unsupportedValue("propagationPolicy", policy, [...POLICIES, "nil"]));
  }
  if (violations.length > 0) throw invalidOptions("DeleteOptions", violations);
  const legacy = orphanDependents === undefined ? undefined : orphanDependents ? "Orphan" : "Background";
  return {
    isDryRun: isDry(given.dryRun),
    propagationPolicy: (policy ?? legacy) as PropagationPolicy | undefined,
    uid: given.uid,
    resourceVersion: given.resourceVersion,
  };
}

interface GivenDeleteOptions {
  readonly dryRun: readonly string[];
  readonly policy: string | undefined;
  readonly orphanDependents: boolean | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

function fromQuery(query: URLSearchParams): GivenDeleteOptions {
  const orphans = query.get("orphanDependents");
  return {
    dryRun: query.getAll("dryRun"),
    policy: query.get("propagationPolicy") ?? undefined,
    orphanDependents: orphans === null ? undefined : orphans === "true",
    uid: query.get("uid") ?? undefined,
    resourceVersion: query.get("resourceVersion") ?? undefined,
  };
}

function fromBody(body: unknown): GivenDeleteOptions {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new StatusError(400, "BadRequest", "the DeleteOptions of the request body must be an object");
  }
  const options = body as Readonly<Record<string, unknown>>;
  const preconditions = options["preconditions"] as Readonly<Record<string, unknown>> | undefined;
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  const orphans = options["orphanDependents"];
  return {
    dryRun: Array.isArray(options["dryRun"]) ? options["dryRun"].map(String) : [],
    policy: text(options["propagationPolicy"]),
    orphanDependents: typeof orphans === "boolean" ? orphans : undefined,
    uid: text(preconditions?.["uid"]),
    resourceVersion: text(preconditions?.["resourceVersion"]),
  };
}

function dryRunViolations(dryRun: readonly string[]): readonly Violation[] {
  const given = dryRun.filter((value) => value !== "");
  if (given.every((value) => value === "All")) return [];
  return [unsupportedValue("dryRun", given, ["All"])];
}

function isDry(dryRun: readonly string[]): boolean {
  return dryRun.includes("All");
}
