// Setting conditions as Kubernetes defines them: a new transition time exactly when the status changes.
import type { Condition } from "./condition.ts";

/** Of a condition's message. */
export const MAX_MESSAGE_BYTES = 32_768;
export const TRUNCATED = " ... (truncated)";

type NewCondition = Omit<Condition, "lastTransitionTime">;

/**
 * The list with `condition` set in place, or appended; `now` (RFC 3339, whole seconds) stamps a changed status. The same
 * list where it says so already, of this generation or a later one.
 */
export function setCondition(
  conditions: readonly Condition[],
  condition: NewCondition,
  now: string,
): readonly Condition[] {
  const existing = conditions.find(({ type }) => type === condition.type);
  const lastTransitionTime = existing?.status === condition.status ? existing.lastTransitionTime : now;
  const next: Condition = { ...condition, message: truncate(condition.message), lastTransitionTime };
  if (!existing) return [...conditions, next];
  if (saysAsMuch(existing, next)) return conditions;
  return conditions.map((one) => (one === existing ? next : one));
}

function saysAsMuch(existing: Condition, next: Condition): boolean {
  const isSame = (["status", "reason", "message"] as const).every((field) => existing[field] === next[field]);
  return isSame && (existing.observedGeneration ?? 0) >= (next.observedGeneration ?? 0);
}

export function removeCondition(conditions: readonly Condition[], type: string): readonly Condition[] {
  return conditions.filter((one) => one.type !== type);
}

/** docs/compatibility.md, section 1.3: cut on a UTF-8 boundary so that text and suffix fit. */
function truncate(message: string): string {
  const bytes = Buffer.from(message);
  if (bytes.length <= MAX_MESSAGE_BYTES) return message;
  let end = MAX_MESSAGE_BYTES - TRUNCATED.length;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString() + TRUNCATED;
}
