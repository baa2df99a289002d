// What is wrong with a field, in the words of a Kubernetes API server. kubectl prints
// the messages as bullets and decides by the reasons.

/** The `reason` of a cause in a Status. */
export type ViolationReason =
  | "FieldValueDuplicate"
  | "FieldValueForbidden"
  | "FieldValueInvalid"
  | "FieldValueNotSupported"
  | "FieldValueRequired"
  | "FieldValueTooLong"
  | "FieldValueTooMany"
  | "FieldValueTypeInvalid";

export interface Violation {
  /** `spec.subscriptions[0].image.repoURL`. */
  readonly field: string;
  readonly reason: ViolationReason;
  /** Without the field: `Invalid value: "x": must be …`. */
  readonly message: string;
}

export function requiredValue(field: string, detail?: string): Violation {
  return { field, reason: "FieldValueRequired", message: withDetail("Required value", detail) };
}

export function invalidValue(field: string, value: unknown, detail?: string): Violation {
  return { field, reason: "FieldValueInvalid", message: withDetail(`Invalid value: ${quoted(value)}`, detail) };
}

/** For a value of the wrong type or format; `found` names what it is, `wanted` what it should be. */
export function invalidType(
  field: string,
  { found, wanted, path }: { found: string; wanted: string; path: string },
): Violation {
  const message = `Invalid value: ${quoted(found)}: ${path} in body must be of type ${wanted}: ${quoted(found)}`;
  return { field, reason: "FieldValueTypeInvalid", message };
}

export function unsupportedValue(field: string, value: unknown, supported: readonly string[]): Violation {
  const list = supported.map(quoted).join(", ");
  const message = `Unsupported value: ${quoted(value)}: supported values: ${list}`;
  return { field, reason: "FieldValueNotSupported", message };
}

export function duplicateValue(field: string, value: unknown): Violation {
  return { field, reason: "FieldValueDuplicate", message: `Duplicate value: ${quoted(value)}` };
}

export function forbiddenValue(field: string, detail: string): Violation {
  return { field, reason: "FieldValueForbidden", message: `Forbidden: ${detail}` };
}

export function tooLong(field: string, maxBytes: number): Violation {
  return { field, reason: "FieldValueTooLong", message: `Too long: may not be more than ${maxBytes} bytes` };
}

export function tooMany(field: string, count: number, maxItems: number): Violation {
  const message = `Too many: ${count}: must have at most ${maxItems} items`;
  return { field, reason: "FieldValueTooMany", message };
}

/** All of them in one line: `a: Required value`, or `[a: Required value, b: …]`. */
export function sentenceOf(violations: readonly Violation[]): string {
  const texts = violations.map(({ field, message }) => `${field}: ${message}`);
  return texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
}

function withDetail(text: string, detail: string | undefined): string {
  return detail ? `${text}: ${detail}` : text;
}

function quoted(value: unknown): string {
  return JSON.stringify(value ?? null);
}
