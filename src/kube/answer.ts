// Reads what a Kubernetes API answered: an object, a page of a list, or an error with what it asks of the client.
import { KubeError, TransportError } from "../errors.ts";
import { type Headers, type HttpResponse, readBody } from "../http/message.ts";
import type { KubeObject } from "../resources/kube-object.ts";
import { apiVersionOf, type Resource } from "../resources/resource.ts";

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** Empty on the last page. */
  readonly continueToken: string;
}

const MAX_ANSWER_BYTES = 256 * 1024 * 1024;
const MAX_QUOTED_CHARACTERS = 200;

/** `asked` is the method and URL, for errors. Throws `TransportError` for what is not JSON: something else answered. */
export async function readAnswer<T>(response: HttpResponse, asked: string): Promise<T> {
  const text = await textOf(response);
  try {
    return JSON.parse(text) as T;
  } catch {
    // Not quoted, nor the parser's complaint, which quotes: a broken answer may begin inside a Secret.
    const message = `${asked}: the answer (${text.length} characters) is not JSON`;
    throw new TransportError(message, { problem: "other", isRetryable: true });
  }
}

export async function readError(response: HttpResponse, asked: string): Promise<KubeError> {
  const { message, reason, retryAfterSeconds, objectName } = statusOf(await textOf(response));
  const fromBodyMs = retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1000;
  const waitMs = retryAfterMs(response.headers) ?? fromBodyMs;
  const answer = { status: response.status, reason, objectName, retryAfterMs: waitMs };
  return new KubeError(`${asked}: ${message || `status ${response.status}`}`, answer);
}

/**
 * RFC 9110, section 10.2.3: seconds, or a date, which is measured against the answer's own `Date`, so that the clocks
 * need not agree. Undefined where nothing usable was sent.
 */
export function retryAfterMs(headers: Headers): number | undefined {
  const value = String(headers["retry-after"] ?? "").trim();
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const waitMs = Date.parse(value) - Date.parse(String(headers["date"] ?? ""));
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}

interface RawList<T> {
  readonly items?: readonly T[] | null;
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
}

/** Lists of built-in kinds leave `apiVersion` and `kind` out of their items. */
export function pageOf<T extends KubeObject>({ items, metadata }: RawList<T>, resource: Resource): ListPage<T> {
  const identity = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  return {
    items: (items ?? []).map((item) => ({ ...item, ...identity })),
    resourceVersion: metadata?.resourceVersion ?? "",
    continueToken: metadata?.continue ?? "",
  };
}

async function textOf(response: HttpResponse): Promise<string> {
  return Buffer.from(await readBody(response.body, MAX_ANSWER_BYTES)).toString();
}

interface RawStatus {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: { readonly name?: string; readonly retryAfterSeconds?: number };
}

interface ReadStatus {
  readonly message: string;
  readonly reason: string;
  readonly retryAfterSeconds?: number | undefined;
  readonly objectName?: string | undefined;
}

function statusOf(text: string): ReadStatus {
  try {
    const { message = text, reason = "", details } = JSON.parse(text) as RawStatus;
    return { message, reason, retryAfterSeconds: details?.retryAfterSeconds, objectName: details?.name };
  } catch {
    return { message: text.trim().slice(0, MAX_QUOTED_CHARACTERS), reason: "" };
  }
}
