// Strategic merge patch, for built-in kinds: a merge patch whose lists merge where the kind names a key, with the
// directives `$patch`, `$retainKeys`, `$deleteFromPrimitiveList` and `$setElementOrder`. What is new goes to the front
// of a list, as the real server puts it.
import { isSame } from "../resources/merge-patch.ts";
import { isObject } from "./json-object.ts";
import { StatusError } from "./statuses.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Of the built-in kinds served: by key, or as a set of values. */
const MERGE_KEYS: Readonly<Record<string, string>> = { ownerReferences: "uid", conditions: "type" };
const SETS = ["finalizers"];
const DELETE_FROM_SET = "$deleteFromPrimitiveList/";
const SET_ORDER = "$setElementOrder/";

/** `target` is not changed. Throws `StatusError` (500) where a directive or a merge key is wrong, as the real server does. */
export function applyStrategicMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const { $patch: directive, $retainKeys: retained, ...fields } = patch;
  if (directive === "replace") return fields;
  if (directive === "delete") return {};
  if (directive !== undefined && directive !== "merge") throw refused(`Unknown patch type: ${String(directive)}`);
  const result = retainedFields(isObject(target) ? target : {}, retained);
  for (const [name, value] of Object.entries(fields)) applyField(result, name, value);
  for (const [name, order] of Object.entries(fields)) {
    if (name.startsWith(SET_ORDER)) putInOrder(result, name.slice(SET_ORDER.length), order);
  }
  return result;
}

function applyField(result: Record<string, unknown>, name: string, value: unknown): void {
  if (name.startsWith(SET_ORDER)) return;
  if (name.startsWith(DELETE_FROM_SET)) removeFromSet(result, name.slice(DELETE_FROM_SET.length), value);
  else if (value === null) delete result[name];
  else if (Array.isArray(value)) result[name] = mergedList(name, result[name], value);
  else result[name] = applyStrategicMergePatch(result[name], value);
}

function retainedFields(target: Fields, retained: unknown): Record<string, unknown> {
  if (retained === undefined) return { ...target };
  const names = Array.isArray(retained) ? retained.map(String) : [];
  return Object.fromEntries(Object.entries(target).filter(([name]) => names.includes(name)));
}

function removeFromSet(result: Record<string, unknown>, name: string, values: unknown): void {
  const gone = Array.isArray(values) ? values : [];
  const present = result[name];
  if (Array.isArray(present)) result[name] = present.filter((value) => !gone.includes(value));
}

function mergedList(name: string, present: unknown, patch: readonly unknown[]): readonly unknown[] {
  const list: readonly unknown[] = Array.isArray(present) ? present : [];
  const key = MERGE_KEYS[name];
  if (key !== undefined) return mergedByKey(list, patch, key);
  if (!SETS.includes(name)) return patch;
  return [...patch.filter((value, place) => !list.includes(value) && patch.indexOf(value) === place), ...list];
}

function mergedByKey(list: readonly unknown[], patch: readonly unknown[], key: string): readonly unknown[] {
  const items = patch.filter(isObject);
  if (items.some(({ $patch }) => $patch === "replace")) return items.filter(({ $patch }) => $patch !== "replace");
  for (const item of items) {
    if (item[key] === undefined)
      throw refused(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
  }
  const patchOf = (item: unknown) => items.find((one) => isObject(item) && isSame(one[key], item[key]));
  const isGone = (item: unknown) => patchOf(item)?.["$patch"] === "delete";
  const kept = list.filter((item) => !isGone(item)).map((item) => applyStrategicMergePatch(item, patchOf(item) ?? {}));
  const isNew = (item: Fields) => !list.some((one) => isObject(one) && isSame(one[key], item[key]));
  const added = items.filter((item) => item["$patch"] !== "delete" && isNew(item));
  return [...added.map((item) => applyStrategicMergePatch({}, item)), ...kept];
}

/** What the order does not name keeps its place behind what it does. */
function putInOrder(result: Record<string, unknown>, name: string, order: unknown): void {
  const list = result[name];
  if (!Array.isArray(list) || !Array.isArray(order)) return;
  const key = MERGE_KEYS[name];
  const identity = (item: unknown) => (key !== undefined && isObject(item) ? item[key] : item);
  const wanted = order.map(identity);
  const placeOf = (item: unknown) => {
    const place = wanted.findIndex((one) => isSame(one, identity(item)));
    return place < 0 ? wanted.length : place;
  };
  result[name] = list.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function refused(message: string): StatusError {
  return new StatusError(500, "", message);
}
