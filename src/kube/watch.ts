// Splits a watch stream into events. An undecodable line is an event of its own, and so is an object without a name.
// Nothing of a line is quoted: a broken one may begin inside a Secret.
import { KubeError } from "../errors.ts";
import type { KubeObject } from "../resources/kube-object.ts";

export type WatchEvent<T extends KubeObject> =
  | { readonly kind: "added" | "modified" | "deleted"; readonly object: T }
  | { readonly kind: "bookmark"; readonly resourceVersion: string }
  /** The resource version is too old: list again. */
  | { readonly kind: "expired"; readonly reason: string }
  /** An event of which only this is known: no object can be told from it. */
  | { readonly kind: "nameless"; readonly resourceVersion: string; readonly reason: string }
  /** Not an event at all: what it told is lost. */
  | { readonly kind: "undecodable"; readonly reason: string };

const NEWLINE = 0x0a;
/** An object in etcd has at most 1.5 MB; an event a little more. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;

/** What follows the last newline was cut off and is no event. Throws `KubeError` for an ERROR event but "expired". */
export async function* readWatch<T extends KubeObject>(
  body: Uint8Array | AsyncIterable<Uint8Array>,
): AsyncIterable<WatchEvent<T>> {
  const begun: Uint8Array[] = [];
  let begunBytes = 0;
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = lineOf(begun, chunk.subarray(start, end));
      start = end + 1;
      begun.length = 0;
      begunBytes = 0;
      if (line.trim() !== "") yield eventOf<T>(line);
    }
    // Copied, because the rest of a chunk would keep the whole of it in memory.
    if (start < chunk.length) begun.push(Uint8Array.from(chunk.subarray(start)));
    begunBytes += chunk.length - start;
    if (begunBytes > MAX_LINE_BYTES) throw new Error(`a watch event is longer than ${MAX_LINE_BYTES} bytes`);
  }
}

function lineOf(begun: readonly Uint8Array[], rest: Uint8Array): string {
  if (begun.length === 0) return Buffer.from(rest.buffer, rest.byteOffset, rest.byteLength).toString();
  return Buffer.concat([...begun, rest]).toString();
}

interface RawEvent {
  readonly type?: string;
  readonly object?: {
    readonly code?: number;
    readonly message?: string;
    readonly reason?: string;
    readonly details?: { readonly retryAfterSeconds?: number };
    readonly metadata?: { readonly name?: unknown; readonly resourceVersion?: string };
  } | null;
}

function eventOf<T extends KubeObject>(line: string): WatchEvent<T> {
  const event = parse(line);
  if (!event) return { kind: "undecodable", reason: `a line of ${line.length} characters is not an event` };
  const { type, object } = event;
  const resourceVersion = object?.metadata?.resourceVersion ?? "";
  switch (type) {
    case "ADDED":
      return objectEvent<T>("added", object, resourceVersion);
    case "MODIFIED":
      return objectEvent<T>("modified", object, resourceVersion);
    case "DELETED":
      return objectEvent<T>("deleted", object, resourceVersion);
    case "BOOKMARK":
      return { kind: "bookmark", resourceVersion };
    case "ERROR":
      if (object?.code === 410) return { kind: "expired", reason: object.message ?? "" };
      throw errorEvent(object);
    default:
      return { kind: "nameless", resourceVersion, reason: `unknown event type ${type}` };
  }
}

function parse(line: string): RawEvent | undefined {
  try {
    const event = JSON.parse(line) as unknown;
    return typeof event === "object" && event !== null ? event : undefined;
  } catch {
    return undefined;
  }
}

function objectEvent<T extends KubeObject>(
  kind: "added" | "modified" | "deleted",
  object: RawEvent["object"],
  resourceVersion: string,
): WatchEvent<T> {
  const name = object?.metadata?.name;
  if (typeof name === "string" && name !== "") return { kind, object: object as unknown as T };
  return { kind: "nameless", resourceVersion, reason: `the object of a ${kind} event has no name` };
}

function errorEvent(object: RawEvent["object"]): KubeError {
  const { code = 500, message = "", reason = "", details } = object ?? {};
  const seconds = details?.retryAfterSeconds;
  const retryAfterMs = seconds === undefined ? undefined : seconds * 1000;
  return new KubeError(`the watch was ended: ${message || reason}`, { status: code, reason, retryAfterMs });
}
