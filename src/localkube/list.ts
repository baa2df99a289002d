// Lists and their pages. All pages of one list show the same moment: the token names its revision, and the store still
// knows it. Held to a real server by test/contract/kube-list.

import { messageOf } from "../errors.ts";
import { unsupportedValue, type Violation } from "../resources/violation.ts";
import { storeKey } from "./call.ts";
import { fieldMatcher } from "./field-selector.ts";
import type { ServedKind } from "./kinds.ts";
import { labelMatcher } from "./label-selector.ts";
import { forbidden, invalidOptions, StatusError } from "./statuses.ts";
import type { Range, Store, StoredObject } from "./store.ts";

export interface ListPage {
  readonly objects: readonly StoredObject[];
  readonly resourceVersion: string;
  /** Empty on the last page. */
  readonly continueToken: string;
  readonly remainingItemCount: number | undefined;
}

/** Where a list goes on; `rv` -1 reads the present. */
interface ContinueToken {
  readonly v: "meta.k8s.io/v1";
  readonly rv: number;
  readonly start: string;
}

const LIST_TOO_OLD = "The resourceVersion for the provided list is too old.";
const CONTINUE_TOO_OLD =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

/** Throws `StatusError`: 400 and 422 for options that cannot be read, 410 for a past that is forgotten, 504 for a future. */
export function listPage(
  store: Store,
  kind: ServedKind,
  { namespace, query }: { readonly namespace: string | undefined; readonly query: URLSearchParams },
): ListPage {
  checkListOptions(query);
  const matches = selectorOf(query, kind);
  const limit = limitOf(query);
  const { at, after } = startOf(store, query, limit);
  const range: Range = { namespace, after, at };
  const { objects, last } = takeMatching(store, kind, { range, limit, matches });
  const isLast = last === undefined;
  const rest = isLast ? 0 : store.read.count(kind.resource, { ...range, after: last, at });
  const hasSelector = Boolean(query.get("labelSelector") || query.get("fieldSelector"));
  return {
    objects,
    resourceVersion: String(at),
    continueToken:
      rest > 0 && last !== undefined ? encodeToken({ v: "meta.k8s.io/v1", rv: at, start: `${last}\0` }) : "",
    remainingItemCount: rest > 0 && !hasSelector ? rest : undefined,
  };
}

/** What a query asks of an object; throws `StatusError` for a selector that cannot be read. */
export function selectorOf(query: URLSearchParams, kind: ServedKind): (object: StoredObject) => boolean {
  const matchesLabels = labelMatcher(query.get("labelSelector") ?? "");
  const matchesFields = fieldMatcher(query.get("fieldSelector") ?? "", kind.resource);
  return (object) => matchesLabels(object.metadata.labels) && matchesFields(object);
}

/** The resource version of a query: undefined when it is absent or empty. Throws `StatusError` (500) for what is no number. */
export function revisionOf(query: URLSearchParams): number | undefined {
  const text = query.get("resourceVersion") ?? "";
  if (text === "") return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const message = `resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`;
  throw new StatusError(500, "", message);
}

/** The same, refused as a list refuses it. */
function listRevisionOf(query: URLSearchParams): number | undefined {
  try {
    return revisionOf(query);
  } catch (error) {
    throw new StatusError(400, "BadRequest", `invalid resource version: ${messageOf(error)}`);
  }
}

/** A version that the store has not reached: 504, as the real server answers after waiting for it. */
export function checkNotFuture(store: Store, revision: number): void {
  const current = store.revision();
  if (revision <= current) return;
  const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
  const message = `Timeout: Too large resource version: ${revision}, current: ${current}`;
  throw new StatusError(504, "Timeout", message, { causes, retryAfterSeconds: 1 });
}

/** Reads on until enough match; `last` is the key of the last one taken when there may be more. */
function takeMatching(
  store: Store,
  { resource }: ServedKind,
  { range, limit, matches }: { range: Range; limit: number | undefined; matches: (object: StoredObject) => boolean },
): { readonly objects: readonly StoredObject[]; readonly last?: string | undefined } {
  if (limit === undefined) return { objects: store.read.list(resource, range).filter(matches) };
  const objects: StoredObject[] = [];
  let { after } = range;
  while (true) {
    const some = store.read.list(resource, { ...range, after, limit });
    for (const object of some) {
      after = storeKey(object.metadata.namespace, object.metadata.name);
      if (matches(object)) objects.push(object);
      if (objects.length === limit) return { objects, last: after };
    }
    if (some.length < limit) return { objects };
  }
}

function limitOf(query: URLSearchParams): number | undefined {
  const text = query.get("limit") ?? "";
  if (text === "" || query.get("resourceVersion") === "0") return undefined;
  if (!/^[-+]?\d+$/.test(text)) {
    throw new StatusError(400, "BadRequest", `strconv.ParseInt: parsing "${text}": invalid syntax`);
  }
  return Number(text) > 0 ? Number(text) : undefined;
}

function startOf(
  store: Store,
  query: URLSearchParams,
  limit: number | undefined,
): { readonly at: number; readonly after: string | undefined } {
  const token = query.get("continue") ?? "";
  if (token !== "") return continued(store, token, query);
  const revision = listRevisionOf(query);
  const current = store.revision();
  if (revision === undefined || revision === 0) return { at: current, after: undefined };
  checkNotFuture(store, revision);
  const match = query.get("resourceVersionMatch");
  const isExact = match === "Exact" || (!match && limit !== undefined);
  if (!isExact) return { at: current, after: undefined };
  if (revision < store.compacted()) throw new StatusError(410, "Expired", LIST_TOO_OLD);
  return { at: revision, after: undefined };
}

function continued(
  store: Store,
  token: string,
  query: URLSearchParams,
): { readonly at: number; readonly after: string } {
  if (!["", "0"].includes(query.get("resourceVersion") ?? "")) {
    throw new StatusError(400, "BadRequest", "specifying resource version is not allowed when using continue");
  }
  const { rv, start } = decodeToken(token);
  const after = start.replace(/\0$/, "");
  if (rv < 0) return { at: store.revision(), after };
  if (rv >= store.compacted()) return { at: rv, after };
  const next = encodeToken({ v: "meta.k8s.io/v1", rv: -1, start });
  throw new StatusError(410, "Expired", CONTINUE_TOO_OLD, undefined, { continue: next });
}

function encodeToken(token: ContinueToken): string {
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

function decodeToken(text: string): ContinueToken {
  try {
    const token = JSON.parse(Buffer.from(text, "base64url").toString()) as Partial<ContinueToken>;
    if (token.v === "meta.k8s.io/v1" && Number.isInteger(token.rv) && typeof token.start === "string") {
      return token as ContinueToken;
    }
  } catch {
    // Falls through to the refusal.
  }
  throw new StatusError(
    400,
    "BadRequest",
    "invalid continue token: continue key is not valid: it was not made by this server",
  );
}

function checkListOptions(query: URLSearchParams): void {
  const field = "resourceVersionMatch";
  const match = query.get(field) ?? "";
  const version = query.get("resourceVersion") ?? "";
  const violations: Violation[] = [];
  const forbid = (text: string) => violations.push(forbidden(field, `resourceVersionMatch ${text}`));
  if (match !== "" && version === "") forbid("is forbidden unless resourceVersion is provided");
  if (match !== "" && query.get("continue")) forbid("is forbidden when continue is provided");
  if (!["", "Exact", "NotOlderThan"].includes(match)) {
    violations.push(unsupportedValue(field, match, ["Exact", "NotOlderThan", ""]));
  }
  if (match === "Exact" && version === "0") forbid('"exact" is forbidden for resourceVersion "0"');
  if (query.has("sendInitialEvents")) {
    violations.push(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  }
  if (violations.length > 0) throw invalidOptions("ListOptions", violations);
}
