// JSON merge patch (RFC 7386): how one is applied, and which one leads from one value to another.

type Fields = Readonly<Record<string, unknown>>;

/** `target` is not changed. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const result = new Map(isFields(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, applyMergePatch(result.get(key), value));
  }
  return Object.fromEntries(result);
}

/**
 * The smallest patch that makes `before` into `after`; undefined when they are the same. What `after` does not have is
 * removed, lists are replaced whole. A null inside `after` cannot be written with a merge patch: it is left out.
 */
export function mergePatchOf(before: Fields, after: Fields): Fields | undefined {
  const removed = Object.keys(before).filter((key) => !isPresent(after, key) && isPresent(before, key));
  const changed = Object.entries(after).flatMap(([key, value]) => {
    if (!isPresent(after, key) || isSame(value, before[key])) return [];
    const old = before[key];
    const nested = isFields(value) && isFields(old) ? mergePatchOf(old, value) : value;
    return nested === undefined ? [] : [[key, nested] as const];
  });
  const patch = Object.fromEntries([...changed, ...removed.map((key) => [key, null] as const)]);
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** Equal whatever the order of keys; a key without a value is no key. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((value, index) => isSame(value, b[index]));
  }
  if (!isFields(a) || !isFields(b)) return false;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => isSame(own(a, key), own(b, key)));
}

function isPresent(fields: Fields, key: string): boolean {
  return own(fields, key) !== undefined && own(fields, key) !== null;
}

function own(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
