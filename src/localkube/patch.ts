// JSON merge patch (RFC 7386). Strategic merge patches of Namespaces and Secrets have no lists but finalizers and owner
// references, so that without their directives they are merge patches too.

/** `target` is not changed. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || key.startsWith("$")) delete result[key];
    else result[key] = applyMergePatch(result[key], value);
  }
  return result;
}

/** Equal whatever the order of keys. */
export function isSame(a: unknown, b: unknown): boolean {
  if (!isObject(a) || !isObject(b)) return Array.isArray(a) && Array.isArray(b) ? isSameList(a, b) : a === b;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => isSame(a[key], b[key]));
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, index) => isSame(value, b[index]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
