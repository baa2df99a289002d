// What a watch request asks for: where it begins, what it wants to be told, how long it may last.
import { revisionOf } from "./list.ts";
import { invalidOptions } from "./statuses.ts";
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
  const match = query.get("resourceVersionMatch") ?? "";
  const hasInitial = query.has("sendInitialEvents");
  const violations: [string, string][] = [];
  const refuse = (text: string) => violations.push(["resourceVersionMatch", text]);
  if (hasInitial && match !== "NotOlderThan") {
    refuse("Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  }
  if (match !== "" && !hasInitial) {
    refuse("Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
  }
  if (match !== "" && match !== "NotOlderThan") {
    refuse(`Unsupported value: "${match}": supported values: "NotOlderThan"`);
  }
  if (violations.length > 0) throw invalidOptions("ListOptions", violations);
}
