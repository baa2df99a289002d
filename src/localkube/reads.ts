// Get, list and watch.
import { EMPTY_BODY, type HttpResponse } from "../http/message.ts";
import { apiVersionOf } from "../resources/resource.ts";
import { answerValue, isTableWanted, objectAnswer } from "./answers.ts";
import { type Call, storeKey } from "./call.ts";
import { checkNotFuture, listPage, revisionOf, selectorOf } from "./list.ts";
import { notFound } from "./statuses.ts";
import type { StoredObject } from "./store.ts";
import { tableOf } from "./table.ts";
import { watchStream } from "./watch.ts";
import { watchOptionsOf } from "./watch-options.ts";

export function get(call: Call, name: string): HttpResponse {
  const { store, route, query } = call;
  checkNotFuture(store, revisionOf(query) ?? 0);
  const object = store.read.get(route.kind.resource, storeKey(route.namespace, name));
  if (!object) throw notFound(route.kind.resource, name);
  return objectAnswer(call, 200, object);
}

export function list(call: Call): HttpResponse {
  const { store, clock, route, query } = call;
  const { kind, namespace } = route;
  const { objects, resourceVersion, continueToken, remainingItemCount } = listPage(store, kind, { namespace, query });
  const isTable = isTableWanted(call);
  const more = remainingItemCount === undefined ? {} : { remainingItemCount };
  if (isTable) {
    const metadata = { resourceVersion, ...(continueToken && { continue: continueToken }), ...more };
    const includeObject = query.get("includeObject");
    return answerValue(call, 200, tableOf(kind, objects, { nowMs: clock.now(), includeObject, metadata }));
  }
  return answerValue(call, 200, {
    apiVersion: apiVersionOf(kind.resource),
    kind: `${kind.resource.kind}List`,
    metadata: { resourceVersion, ...((kind.isCustom || continueToken) && { continue: continueToken }), ...more },
    items: kind.isCustom ? objects : objects.map(withoutKind),
  });
}

/** Items of built-in lists do not repeat what the list says. */
function withoutKind({ apiVersion: _apiVersion, kind: _kind, ...item }: StoredObject): object {
  return item;
}

export function watch(call: Call): HttpResponse {
  const { store, clock, random, bookmarkEveryMs, request, route, query } = call;
  const { kind, namespace } = route;
  const headers = { "content-type": "application/json" };
  if (request.method === "HEAD") return { status: 200, headers, body: EMPTY_BODY };
  const isTable = isTableWanted(call);
  const includeObject = query.get("includeObject");
  const render = (object: StoredObject, hasColumns: boolean) => {
    const metadata = { resourceVersion: object.metadata.resourceVersion ?? "" };
    return isTable ? tableOf(kind, [object], { nowMs: clock.now(), includeObject, metadata, hasColumns }) : object;
  };
  const body = watchStream({
    ...{ store, clock, random, bookmarkEveryMs, namespace, render },
    ...watchOptionsOf(query, store),
    resource: kind.resource,
    matches: selectorOf(query, kind),
    signal: request.signal ? AbortSignal.any([request.signal, call.signal]) : call.signal,
  });
  return { status: 200, headers, body };
}
