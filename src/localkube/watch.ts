// A watch: what there is or what changed since a revision, then what changes, as lines of JSON. The stream keeps only
// its place in the store's history, so that a client that does not read costs no memory; one whose place is compacted
// has to list again. Held to a real server by test/contract/kube-watch.
import type { Clock, Random } from "../clock.ts";
import { apiVersionOf, type Resource } from "../resources/resource.ts";
import { StatusError, statusBody } from "./statuses.ts";
import type { Range, Store, StoredChange, StoredObject } from "./store.ts";
import { WatchAlarm } from "./watch-alarm.ts";

export interface WatchOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly matches: (object: StoredObject) => boolean;
  /** How an object is sent: itself, or a row of a Table, whose columns come with the first. */
  readonly render: (object: StoredObject, isFirst: boolean) => unknown;
  /** Where to begin; undefined begins with everything there is. */
  readonly after: number | undefined;
  readonly wantsBookmarks: boolean;
  /** A bookmark tells when everything there is was sent. */
  readonly marksInitialEnd: boolean;
  readonly timeoutSeconds: number | undefined;
  readonly bookmarkEveryMs: number;
  readonly signal: AbortSignal;
}

type WatchEvent = readonly [type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR", object: StoredObject];

const PAGE = 100;
const INITIAL_EVENTS_END = { "k8s.io/initial-events-end": "true" };

export async function* watchStream(options: WatchOptions): AsyncIterable<Uint8Array> {
  let isFirst = true;
  for await (const events of watchEvents(options)) {
    const lines = events.map(([type, object]) => {
      const rendered = type === "ERROR" ? object : options.render(object, isFirst);
      isFirst = false;
      return `${JSON.stringify({ type, object: rendered })}\n`;
    });
    yield Buffer.from(lines.join(""));
  }
}

/** Groups of events, as many as are ready; never an empty one. */
async function* watchEvents(options: WatchOptions): AsyncIterable<readonly WatchEvent[]> {
  const { store, resource, after } = options;
  const alarm = new WatchAlarm(options);
  try {
    let place = after ?? store.revision();
    if (after === undefined) yield* initialEvents(options, place);
    while (!alarm.isOver()) {
      const found = store.since(resource.plural, place, PAGE);
      if (!found) return yield [tooOld(store, place)];
      place = found.through;
      const events = found.changes.flatMap((change) => eventOf(options, change));
      if (events.length > 0) yield events;
      if (found.changes.length === PAGE) continue;
      if (alarm.takeBookmark()) yield [bookmark(resource, place)];
      await alarm.next();
    }
  } finally {
    alarm.stop();
  }
}

async function* initialEvents(options: WatchOptions, at: number): AsyncIterable<readonly WatchEvent[]> {
  const { store, resource, namespace, matches, marksInitialEnd } = options;
  let range: Range = { namespace, at, limit: PAGE };
  while (true) {
    // Nothing is awaited between here and a list of the present but what the client takes to read.
    if (at < store.compacted()) return yield [tooOld(store, at)];
    const objects = store.read.list(resource, range);
    const events = objects.filter(matches).map((object) => ["ADDED", object] as const);
    if (events.length > 0) yield events;
    const last = objects.at(-1)?.metadata;
    if (objects.length < PAGE || !last) break;
    range = { ...range, after: last.namespace === undefined ? last.name : `${last.namespace}/${last.name}` };
  }
  if (marksInitialEnd) yield [bookmark(resource, at, INITIAL_EVENTS_END)];
}

/** A selector makes ADDED and DELETED of changes by which an object begins or stops to match; DELETED then shows it as it was. */
function eventOf({ namespace, matches }: WatchOptions, change: StoredChange): readonly WatchEvent[] {
  const { type, object, previous } = change;
  if (namespace !== undefined && object.metadata.namespace !== namespace) return [];
  const did = previous !== undefined && matches(previous);
  if (type === "DELETED") return did ? [[type, object]] : [];
  const does = matches(object);
  if (does) return [[did ? "MODIFIED" : "ADDED", object]];
  if (!did) return [];
  const { resourceVersion } = object.metadata;
  return [["DELETED", { ...previous, metadata: { ...previous.metadata, resourceVersion } }]];
}

function bookmark(resource: Resource, revision: number, annotations?: Readonly<Record<string, string>>): WatchEvent {
  const metadata = { resourceVersion: String(revision), ...(annotations && { annotations }) };
  return ["BOOKMARK", { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata } as unknown as StoredObject];
}

function tooOld(store: Store, place: number): WatchEvent {
  const message = `too old resource version: ${place} (${store.compacted()})`;
  return ["ERROR", statusBody(new StatusError(410, "Expired", message)) as unknown as StoredObject];
}
