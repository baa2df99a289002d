// JSON patch (RFC 6902) on JSON pointers (RFC 6901).
import { isSame } from "../resources/merge-patch.ts";
import { isObject } from "./json-object.ts";
import { StatusError } from "./statuses.ts";

type Container = Record<string, unknown> | unknown[];

const MAX_OPERATIONS = 10_000;

/** `target` is not changed. Throws `StatusError`: 400 (no list of operations), 413 (too many), 422 (one of them fails). */
export function applyJsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    const given = isObject(patch) ? "object" : typeof patch;
    const message = `error decoding patch: json: cannot unmarshal ${given} into Go value of type []handlers.jsonPatchOp`;
    throw new StatusError(400, "BadRequest", message);
  }
  if (patch.length > MAX_OPERATIONS) {
    const message = `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`;
    throw new StatusError(413, "RequestEntityTooLarge", message);
  }
  return patch.reduce((document: unknown, operation) => applyOperation(document, operation), structuredClone(target));
}

function applyOperation(document: unknown, operation: unknown): unknown {
  if (!isObject(operation)) throw failed();
  const { op, path, from, value } = operation;
  const to = pointerOf(path);
  switch (op) {
    case "add":
      return add(document, to, structuredClone(value));
    case "remove":
      return remove(document, to);
    case "replace":
      return add(remove(document, to), to, structuredClone(value));
    case "copy":
      return add(document, to, structuredClone(valueAt(document, pointerOf(from))));
    case "move": {
      const moved = valueAt(document, pointerOf(from));
      return add(remove(document, pointerOf(from)), to, moved);
    }
    case "test":
      if (!isSame(valueAt(document, to), value)) throw failed();
      return document;
    default:
      throw failed();
  }
}

function pointerOf(path: unknown): readonly string[] {
  if (typeof path !== "string" || (path !== "" && !path.startsWith("/"))) throw failed();
  return path
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function valueAt(document: unknown, pointer: readonly string[]): unknown {
  return pointer.reduce<unknown>((value, part) => {
    const container = containerOf(value);
    if (Array.isArray(container)) return container[indexOf(part, container.length - 1)];
    if (!Object.hasOwn(container, part)) throw failed();
    return container[part];
  }, document);
}

function add(document: unknown, pointer: readonly string[], value: unknown): unknown {
  const last = pointer.at(-1);
  if (last === undefined) return value;
  const container = containerOf(valueAt(document, pointer.slice(0, -1)));
  if (!Array.isArray(container)) setField(container, last, value);
  else container.splice(last === "-" ? container.length : indexOf(last, container.length), 0, value);
  return document;
}

function remove(document: unknown, pointer: readonly string[]): unknown {
  valueAt(document, pointer);
  const last = pointer.at(-1);
  if (last === undefined) return undefined;
  const container = containerOf(valueAt(document, pointer.slice(0, -1)));
  if (Array.isArray(container)) container.splice(indexOf(last, container.length - 1), 1);
  else delete container[last];
  return document;
}

/** A plain assignment would call the setter that `__proto__` is. */
function setField(container: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(container, name, { value, enumerable: true, configurable: true, writable: true });
}

function indexOf(part: string, max: number): number {
  if (!/^(0|[1-9]\d*)$/.test(part) || Number(part) > max) throw failed();
  return Number(part);
}

function containerOf(value: unknown): Container {
  if (typeof value !== "object" || value === null) throw failed();
  return value as Container;
}

/** The real server does not say which operation it was either. */
function failed(): StatusError {
  return new StatusError(422, "Invalid", "the server rejected our request due to an error in our request", {});
}
