// A watch: what changed since a revision, then what changes, as lines of JSON. embedded-api.md, section 8.
import type { Clock } from "../clock.ts";
import { apiVersionOf, type Resource } from "../resources/resource.ts";
import { StatusError, statusBody } from "./statuses.ts";
import type { Store, StoredObject } from "./store.ts";

interface WatchOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly resource: Resource;
  readonly matches: (object: StoredObject) => boolean;
  /** How an object is sent: itself, or a row of a Table. */
  readonly render: (object: StoredObject, isFirst: boolean) => unknown;
  /** Empty or "0" begins with everything there is. */
  readonly resourceVersion: string;
  readonly wantsBookmarks: boolean;
  readonly timeoutSeconds: number | undefined;
  readonly bookmarkEveryMs: number;
  readonly signal: AbortSignal;
}

/** A client that does not read is dropped at this many unsent bytes. */
const MAX_UNSENT_BYTES = 8 * 1024 * 1024;
const MAX_TIMEOUT_SECONDS = 3_600;

export async function* watchStream(options: WatchOptions): AsyncIterable<Uint8Array> {
  const { store, clock, resource, signal } = options;
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  const lines = new Lines(ended);
  const unsubscribe = startFeed(options, lines);
  void bookmarkUntil(ended, options, () =>
    lines.push({ type: "BOOKMARK", object: bookmark(resource, store.revision()) }),
  );
  void clock.sleep((options.timeoutSeconds ?? MAX_TIMEOUT_SECONDS) * 1000, ended).then(() => lines.end());
  try {
    yield* lines.read();
  } finally {
    unsubscribe();
    stop.abort();
  }
}

function startFeed(options: WatchOptions, lines: Lines): () => void {
  const { store, resource, matches, render, resourceVersion } = options;
  let sent = Number(resourceVersion || 0);
  let isFirst = true;
  const push = (type: string, object: StoredObject) => {
    if (!matches(object)) return;
    lines.push({ type, object: render(object, isFirst) });
    isFirst = false;
  };
  if (sent === 0) {
    sent = store.revision();
    for (const object of store.read.list(resource)) push("ADDED", object);
  } else {
    const missed = store.since(resource.plural, sent);
    if (!missed) {
      const message = `too old resource version: ${resourceVersion} (${store.revision()})`;
      lines.push({ type: "ERROR", object: statusBody(new StatusError(410, "Expired", message)) });
      lines.end();
      return () => {};
    }
    for (const change of missed) push(change.type, change.object);
    sent = missed.at(-1)?.revision ?? sent;
  }
  return store.subscribe((change) => {
    if (change.plural === resource.plural && change.revision > sent) push(change.type, change.object);
  });
}

async function bookmarkUntil(
  ended: AbortSignal,
  { clock, wantsBookmarks, bookmarkEveryMs }: WatchOptions,
  send: () => void,
): Promise<void> {
  while (wantsBookmarks && !ended.aborted) {
    await clock.sleep(bookmarkEveryMs, ended);
    if (!ended.aborted) send();
  }
}

function bookmark(resource: Resource, revision: number) {
  return { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata: { resourceVersion: String(revision) } };
}

/** Lines waiting to be read by one client. */
class Lines {
  readonly #waiting: Uint8Array[] = [];
  #unsentBytes = 0;
  #isEnded = false;
  #wake: () => void = () => {};

  constructor(ended: AbortSignal) {
    ended.addEventListener("abort", () => this.end(), { once: true });
  }

  push(event: unknown): void {
    if (this.#isEnded) return;
    const line = Buffer.from(`${JSON.stringify(event)}\n`);
    this.#waiting.push(line);
    this.#unsentBytes += line.byteLength;
    if (this.#unsentBytes > MAX_UNSENT_BYTES) this.end();
    this.#wake();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  async *read(): AsyncIterable<Uint8Array> {
    while (true) {
      const line = this.#waiting.shift();
      if (line) {
        this.#unsentBytes -= line.byteLength;
        yield line;
      } else if (this.#isEnded) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
