// How the receiver side tells the Warehouse controller which pushes a refresh is for, and how the controller answers:
// the annotation `dockbell.dev/pushes.<replica>` and the message of the condition `PushesDiscovered`.
// Both sides may run different versions side by side: keep what is written here readable by older readers.
import { createHash } from "node:crypto";
import type { Condition } from "./condition.ts";
import { MAX_MESSAGE_BYTES, TRUNCATED } from "./conditions.ts";
import type { KubeObject } from "./kube-object.ts";

const PUSHES_PREFIX = "dockbell.dev/pushes.";
/** A key's name has at most 63 characters (Kubernetes, "Labels and annotations: syntax"), seven of them are ours. */
const MAX_REPLICA_LENGTH = 56;
const MAX_LIST_BYTES = 8 * 1024;
/** Tags as the OCI distribution specification spells them. */
const TAG = /^\w[\w.-]{0,127}$/;
/** What separates names in the condition's message cannot stand in one. */
const REPO_URL = /^[^\s,;]+$/;

export const PUSHES_DISCOVERED = "PushesDiscovered";

/** Stands for names that do not fit: of failed and invisible entries none may pass for done. */
const ALL = "all";
/** The same where a name only adds to what is known. */
const TOO_MANY = "too many to name";

/** One repoURL and tag that was pushed, or a request to look at everything; `token` is the refresh it came with. */
export type PushEntry =
  | { readonly token: string; readonly repoURL: string; readonly tag: string }
  | { readonly token: string; readonly "full-scan": true };

/** What the controller says of the lists it read; entries by `pushName`, or `all` for every entry it read. */
export interface PushesAnswer {
  /** Replica to the last token read in its list. */
  readonly read: ReadonlyMap<string, string>;
  /** Could not be looked for; older readers take every entry for failed then, by the condition's reason. */
  readonly failed: readonly string[];
  /** Cannot be looked for with this spec: another one is needed, and brings a look at everything. */
  readonly unusable: readonly string[];
  /** The registry does not show the tag yet, or still under its old digest: those are named as unchanged too. */
  readonly notVisible: readonly string[];
  readonly notWanted: readonly string[];
  /** The tag's digest has not moved: seen for good, unless it is named as not visible too. */
  readonly unchanged: readonly string[];
}

/** The key of the annotation in which a replica of the receiver lists its pushes. */
export function pushesAnnotation(replica: string): string {
  return PUSHES_PREFIX + replica;
}

/** A replica's part of its annotation's key: its name, or a hash of one that would not fit. */
export function replicaKey(name: string): string {
  return name.length <= MAX_REPLICA_LENGTH ? name : createHash("sha256").update(name).digest("hex").slice(0, 40);
}

/** How conditions name an entry: `repoURL:tag`, or `full-scan`. */
export function pushName(entry: { readonly repoURL: string; readonly tag: string } | PushEntry): string {
  return "tag" in entry ? `${entry.repoURL}:${entry.tag}` : "full-scan";
}

/** Whether the answer names an entry among those, or all of them. */
export function isAmong(names: readonly string[], name: string): boolean {
  return names.includes(name) || names.includes(ALL);
}

/** Every `pushes.*` list on the object by replica; what does not parse is an empty list, which covers nothing. */
export function readPushes(object: KubeObject): ReadonlyMap<string, readonly PushEntry[]> {
  const lists = new Map<string, readonly PushEntry[]>();
  for (const [key, text] of Object.entries(object.metadata.annotations ?? {})) {
    if (key.startsWith(PUSHES_PREFIX)) lists.set(key.slice(PUSHES_PREFIX.length), parseEntries(text));
  }
  return lists;
}

/**
 * The entry that asks for a push. A push that names no tag, or nothing a registry could hold under that name, asks for
 * a look at everything: what comes from an unauthenticated body must not be able to pass for another entry's name.
 */
export function pushEntry(push: { readonly repoURL: string; readonly tag: string }, token: string): PushEntry {
  const isNameable = TAG.test(push.tag) && REPO_URL.test(push.repoURL);
  return isNameable ? { token, repoURL: push.repoURL, tag: push.tag } : { token, "full-scan": true };
}

/**
 * One list with `added` behind `entries`: one entry per repoURL and tag, newest last. Past 8 KiB the oldest give way
 * to a single full-scan entry that carries the newest token among them.
 */
export function mergePushes(entries: readonly PushEntry[], added: readonly PushEntry[]): readonly PushEntry[] {
  const byName = new Map<string, PushEntry>();
  for (const entry of [...entries, ...added]) {
    const name = pushName(entry);
    byName.delete(name);
    byName.set(name, entry);
  }
  return fold([...byName.values()]);
}

function fold(entries: readonly PushEntry[]): readonly PushEntry[] {
  const sizes = entries.map(sizeOf);
  let size = sizes.reduce((sum, one) => sum + one, 1);
  if (size <= MAX_LIST_BYTES) return entries;
  const scan = (entry: PushEntry): PushEntry => ({ token: entry.token, "full-scan": true });
  const room = MAX_LIST_BYTES - sizeOf(scan(entries[0] ?? { token: "", "full-scan": true }));
  let dropped = 0;
  while (dropped < entries.length && size > room) {
    size -= sizes[dropped] ?? 0;
    dropped += 1;
  }
  const kept = entries.slice(dropped);
  const last = entries[dropped - 1];
  return last && !kept.some((entry) => "full-scan" in entry) ? [scan(last), ...kept] : kept;
}

/** With the comma behind it. */
function sizeOf(entry: PushEntry): number {
  return Buffer.byteLength(JSON.stringify(entry)) + 1;
}

function parseEntries(text: string): readonly PushEntry[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isPushEntry) : [];
  } catch {
    return [];
  }
}

function isPushEntry(value: unknown): value is PushEntry {
  const entry = value as Partial<Record<string, unknown>> | null;
  if (typeof entry !== "object" || entry === null || typeof entry["token"] !== "string") return false;
  return entry["full-scan"] === true || (typeof entry["repoURL"] === "string" && typeof entry["tag"] === "string");
}

const NAMED: readonly (readonly [label: string, kind: Exclude<keyof PushesAnswer, "read">])[] = [
  ["failed", "failed"],
  ["unusable", "unusable"],
  ["not visible", "notVisible"],
  ["not wanted", "notWanted"],
  ["digest unchanged", "unchanged"],
];

/** Whoever reads of one that it is neither takes it for done. */
const MUST_NAME: ReadonlySet<string> = new Set(["failed", "unusable", "notVisible"]);

/** `Read pushes.a up to <token>; not visible: r:t, …; not wanted: r:t, …`; no longer than a condition's message. */
export function formatAnswer(answer: PushesAnswer): string {
  const lists = [...answer.read].map(([replica, token]) => `pushes.${replica} up to ${token}`);
  const named = NAMED.filter(([, kind]) => answer[kind].length > 0);
  const long = named.map(([label, kind]) => `${label}: ${answer[kind].join(", ")}`);
  const short = named.map(([label, kind]) => `${label}: ${MUST_NAME.has(kind) ? ALL : TOO_MANY}`);
  const parts = [`Read ${lists.join(", ")}`, ...short];
  let room = MAX_MESSAGE_BYTES - Buffer.byteLength(parts.join("; "));
  for (const [place, part] of long.entries()) {
    const extra = Buffer.byteLength(part) - Buffer.byteLength(short[place] ?? "");
    if (extra > room) continue;
    parts[place + 1] = part;
    room -= extra;
  }
  return parts.join("; ");
}

/** The answer in the object's condition; undefined when there is none, it is not in our form, or it was cut off. */
export function readPushesAnswer(conditions: readonly Condition[] | undefined): PushesAnswer | undefined {
  const condition = conditions?.find(({ type }) => type === PUSHES_DISCOVERED);
  const [lists, ...parts] = condition?.message.split("; ") ?? [];
  if (!lists?.startsWith("Read ") || condition?.message.endsWith(TRUNCATED)) return undefined;
  const read = new Map<string, string>();
  for (const match of lists.matchAll(/pushes\.(\S+) up to (\S+?)(?:,|$)/g)) read.set(match[1] ?? "", match[2] ?? "");
  const [failed = [], unusable = [], ...seen] = NAMED.map(([label]) => namesIn(parts, label));
  const [notVisible = [], notWanted = [], unchanged = []] = seen;
  return { read, failed, unusable, notVisible, notWanted, unchanged };
}

function namesIn(parts: readonly string[], label: string): readonly string[] {
  const part = parts.find((one) => one.startsWith(`${label}: `));
  return part ? part.slice(label.length + 2).split(", ") : [];
}

type AnsweredObject = KubeObject & { readonly status?: { readonly conditions?: readonly Condition[] } };

/** What an object's condition says of the entries of one list. */
export interface AnsweredEntries {
  /** The token up to which it was read; undefined when it was not. */
  readonly readToken: string | undefined;
  /** Answered for good: read, and not named as anything that is open. */
  readonly done: ReadonlySet<PushEntry>;
  readonly invisible: ReadonlySet<PushEntry>;
  readonly unusable: ReadonlySet<PushEntry>;
}

export function answeredEntries(
  { status }: AnsweredObject,
  replica: string,
  entries: readonly PushEntry[],
): AnsweredEntries {
  const answer = readPushesAnswer(status?.conditions);
  const { failed = [], unusable = [], notVisible = [] } = answer ?? {};
  const readToken = answer?.read.get(replica);
  const read = entries.slice(0, entries.findLastIndex(({ token }) => token === readToken) + 1);
  const open = entriesAmong(read, [...failed, ...unusable, ...notVisible]);
  return {
    readToken,
    done: new Set(read.filter((entry) => !open.has(entry))),
    invisible: entriesAmong(read, notVisible),
    unusable: entriesAmong(read, unusable),
  };
}

function entriesAmong(entries: readonly PushEntry[], names: readonly string[]): ReadonlySet<PushEntry> {
  const named = new Set(names);
  return new Set(entries.filter((entry) => named.has(ALL) || named.has(pushName(entry))));
}
