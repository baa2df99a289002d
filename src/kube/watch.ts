// Splits a watch stream into events. An undecodable line is an event of its own and stops nothing.
import type { KubeObject } from "../resources/kube-object.ts";

export type WatchEvent<T extends KubeObject> =
  | { readonly kind: "added" | "modified" | "deleted"; readonly object: T }
  | { readonly kind: "bookmark"; readonly resourceVersion: string }
  /** The resource version is too old: list again. */
  | { readonly kind: "expired"; readonly reason: string }
  | { readonly kind: "undecodable"; readonly reason: string };

const NEWLINE = 0x0a;
/** An object in etcd has at most 1.5 MB; an event a little more. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;

export async function* readWatch<T extends KubeObject>(
  body: Uint8Array | AsyncIterable<Uint8Array>,
): AsyncIterable<WatchEvent<T>> {
  let rest: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let end = rest.indexOf(NEWLINE);
    while (end >= 0) {
      yield eventOf<T>(rest.subarray(0, end).toString());
      rest = rest.subarray(end + 1);
      end = rest.indexOf(NEWLINE);
    }
    if (rest.length > MAX_LINE_BYTES) throw new Error(`a watch event is longer than ${MAX_LINE_BYTES} bytes`);
  }
}

interface RawEvent {
  readonly type?: string;
  readonly object?: {
    readonly code?: number;
    readonly message?: string;
    readonly metadata?: { readonly resourceVersion?: string };
  };
}

function eventOf<T extends KubeObject>(line: string): WatchEvent<T> {
  let event: RawEvent;
  try {
    event = JSON.parse(line) as RawEvent;
  } catch {
    return { kind: "undecodable", reason: `not JSON: ${line.slice(0, 80)}` };
  }
  const object = event.object as unknown as T;
  switch (event.type) {
    case "ADDED":
      return { kind: "added", object };
    case "MODIFIED":
      return { kind: "modified", object };
    case "DELETED":
      return { kind: "deleted", object };
    case "BOOKMARK":
      return { kind: "bookmark", resourceVersion: event.object?.metadata?.resourceVersion ?? "" };
    case "ERROR":
      if (event.object?.code === 410) return { kind: "expired", reason: event.object.message ?? "" };
      throw new Error(`the watch failed: ${event.object?.message ?? line.slice(0, 200)}`);
    default:
      return { kind: "undecodable", reason: `unknown event type ${event.type}` };
  }
}
