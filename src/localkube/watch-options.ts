// What a watch request asks for: where it begins, what it wants to be told, how long it may last.

import { unsupportedValue, type Violation } from "../resources/violation.ts";
import { revisionOf } from "./list.ts";
import { forbidden, invalidOptions } from "./statuses.ts";
import type { Store } from "./store.ts";
import type { WatchOptions } from "./watch.ts";

type Asked = Pick<WatchOptions, "after" | "wantsBookmarks" | "marksInitialEnd" | "timeoutSeconds">;

/** Throws `StatusError`: 400 for a version that is no number, 422 for options that do not go together. */
export function watchOptionsOf(query: URLSearchParams, store: Store): Asked {
  checkWatchOptions(query);
  const revision = revisionOf(query);
  const sendInitialEvents = flag(query, "sendInitialEvents");
  const isFromNow = sendInitialEvents === false && !revision;
  const beginsWithAll = sendInitialEvents ?? !revision;
  const wantsBookmarks = flag(query, "allowWatchBookmarks") ?? false;
  const timeout = Number(query.get("timeoutSeconds"));
  return {
    after: isFromNow ? store.revision() : beginsWithAll ? undefined : revision,
    wantsBookmarks,
    marksInitialEnd: wantsBookmarks && (sendInitialEvents === true || query.get("resourceVersion") === "0"),
    timeoutSeconds: timeout > 0 ? timeout : undefined,
  };
}

/** As Go reads a boolean of a query: present and neither "0" nor "false". */
export function flag(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  return value === null ? undefined : !["0", "false"].includes(value.toLowerCase());
}

function checkWatchOptions(query: URLSearchParams): void {
  const field = "resourceVersionMatch";
  const match = query.get(field) ?? "";
  const hasInitial = query.has("sendInitialEvents");
  const violations: Violation[] = [];
  if (hasInitial && match !== "NotOlderThan") {
    violations.push(forbidden(field, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
  }
  if (match !== "" && !hasInitial) {
    const why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
    violations.push(forbidden(field, why));
  }
  if (match !== "" && match !== "NotOlderThan") violations.push(unsupportedValue(field, match, ["NotOlderThan"]));
  if (violations.length > 0) throw invalidOptions("ListOptions", violations);
}
