// How the receiver side tells the Warehouse controller which pushes a refresh is for, and how the controller answers:
// the annotation `dockbell.dev/pushes.<replica>` and the message of the condition `PushesDiscovered`.
// Both sides may run different versions side by side: keep what is written here readable by older readers.
import type { Condition } from "./condition.ts";
import type { KubeObject } from "./kube-object.ts";

const PUSHES_PREFIX = "dockbell.dev/pushes.";
const MAX_LIST_BYTES = 8 * 1024;

export const PUSHES_DISCOVERED = "PushesDiscovered";

/** One repoURL and tag that was pushed, or a request to look at everything; `token` is the refresh it came with. */
export type PushEntry =
  | { readonly token: string; readonly repoURL: string; readonly tag: string }
  | { readonly token: string; readonly "full-scan": true };

/** What the controller says of the lists it read; entries by `pushName`. */
export interface PushesAnswer {
  /** Replica to the last token read in its list. */
  readonly read: ReadonlyMap<string, string>;
  /** Could not be looked for; older readers take every entry for failed then, by the condition's reason. */
  readonly failed: readonly string[];
  /** The registry does not show the tag yet, or still under its old digest. */
  readonly notVisible: readonly string[];
  readonly notWanted: readonly string[];
  /** Seen, though the tag's digest never moved. */
  readonly unchanged: readonly string[];
}

export function pushesAnnotation(replica: string): string {
  return PUSHES_PREFIX + replica;
}

/** How conditions name an entry: `repoURL:tag`, or `full-scan`. */
export function pushName(entry: { readonly repoURL: string; readonly tag: string } | PushEntry): string {
  return "tag" in entry ? `${entry.repoURL}:${entry.tag}` : "full-scan";
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
  let kept = entries;
  let dropped: PushEntry | undefined;
  const whole = () => (dropped ? [{ token: dropped.token, "full-scan": true } as const, ...kept] : kept);
  while (JSON.stringify(whole()).length > MAX_LIST_BYTES) {
    dropped = kept[0];
    kept = kept.slice(1);
  }
  return whole();
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
  ["not visible", "notVisible"],
  ["not wanted", "notWanted"],
  ["digest unchanged", "unchanged"],
];

/** `Read pushes.a up to <token>; not visible: r:t, …; not wanted: r:t, …`. */
export function formatAnswer(answer: PushesAnswer): string {
  const lists = [...answer.read].map(([replica, token]) => `pushes.${replica} up to ${token}`);
  const named = NAMED.filter(([, kind]) => answer[kind].length > 0);
  return [`Read ${lists.join(", ")}`, ...named.map(([label, kind]) => `${label}: ${answer[kind].join(", ")}`)].join(
    "; ",
  );
}

/** The answer in the object's condition; undefined when there is none, or it is not in our form. */
export function readAnswer(conditions: readonly Condition[] | undefined): PushesAnswer | undefined {
  const condition = conditions?.find(({ type }) => type === PUSHES_DISCOVERED);
  const [lists, ...parts] = condition?.message.split("; ") ?? [];
  if (!lists?.startsWith("Read ")) return undefined;
  const read = new Map<string, string>();
  for (const match of lists.matchAll(/pushes\.(\S+) up to (\S+?)(?:,|$)/g)) read.set(match[1] ?? "", match[2] ?? "");
  const [failed = [], notVisible = [], notWanted = [], unchanged = []] = NAMED.map(([label]) => namesIn(parts, label));
  return { read, failed, notVisible, notWanted, unchanged };
}

function namesIn(parts: readonly string[], label: string): readonly string[] {
  const part = parts.find((one) => one.startsWith(`${label}: `));
  return part ? part.slice(label.length + 2).split(", ") : [];
}

/** The entries of one list that the object's condition answers for good: read, and named neither failed nor not visible. */
export function doneEntries(
  object: KubeObject & { readonly status?: { readonly conditions?: readonly Condition[] } },
  replica: string,
  entries: readonly PushEntry[],
): ReadonlySet<PushEntry> {
  const answer = readAnswer(object.status?.conditions);
  const last = entries.findLastIndex(({ token }) => token === answer?.read.get(replica));
  if (!answer || last < 0) return new Set();
  const open = new Set([...answer.failed, ...answer.notVisible]);
  return new Set(entries.slice(0, last + 1).filter((entry) => !open.has(pushName(entry))));
}
