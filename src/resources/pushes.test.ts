import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "./kube-object.ts";
import {
  answeredEntries,
  formatAnswer,
  mergePushes,
  PUSHES_DISCOVERED,
  type PushEntry,
  pushEntry,
  pushesAnnotation,
  pushName,
  readPushes,
  readPushesAnswer,
  replicaKey,
} from "./pushes.ts";

const entry = (tag: string, token = `t-${tag}`): PushEntry => ({ token, repoURL: "example/app", tag });
const namesOf = (entries: readonly PushEntry[]) => entries.map(pushName);

test("a list holds one entry for each repository and tag, the newest last", () => {
  const merged = mergePushes([entry("1"), entry("2")], [entry("1", "later")]);

  assert.deepEqual(merged, [entry("2"), entry("1", "later")]);
});

test("past 8 KiB the oldest give way to one full scan with the newest token among them", () => {
  const entries = Array.from({ length: 500 }, (_, place) => entry(`1.0.${place}`));

  const merged = mergePushes(entries.slice(0, 250), entries.slice(250));

  const [scan, ...kept] = merged;
  const dropped = 500 - kept.length;
  assert.deepEqual(scan, { token: `t-1.0.${dropped - 1}`, "full-scan": true });
  assert.deepEqual(kept, entries.slice(dropped));
  const bytes = Buffer.byteLength(JSON.stringify(merged));
  assert.ok(bytes <= 8 * 1024 && bytes > 8 * 1024 - 200, `${bytes} bytes`);
});

test("a full scan asked for later covers what is dropped before it", () => {
  const scan: PushEntry = { token: "scan", "full-scan": true };
  const entries = Array.from({ length: 500 }, (_, place) => entry(`1.0.${place}`));

  const merged = mergePushes(entries, [scan]);

  assert.deepEqual(merged.at(-1), scan);
  assert.equal(namesOf(merged).filter((name) => name === "full-scan").length, 1);
});

for (const [name, push] of [
  ["no tag", { repoURL: "example/app", tag: "" }],
  ["several repositories", { repoURL: "", tag: "1.0.0" }],
  ["a tag with a separator of the condition", { repoURL: "example/app", tag: "1.0.0, example/app:2" }],
  ["a tag longer than a registry takes", { repoURL: "example/app", tag: "x".repeat(129) }],
  ["a repository with a separator", { repoURL: "not; a url", tag: "1.0.0" }],
] as const) {
  test(`a push with ${name} asks for a full scan`, () => {
    assert.deepEqual(pushEntry(push, "t"), { token: "t", "full-scan": true });
  });
}

test("lists are found by replica, and one that does not parse is empty", () => {
  const annotations = {
    "dockbell.dev/pushes.a": JSON.stringify([entry("1"), { token: 5 }, null, { token: "x", repoURL: "y" }]),
    "dockbell.dev/pushes.b": "nonsense",
    "kargo.akuity.io/refresh": "x",
  };

  const lists = readPushes({ apiVersion: "", kind: "", metadata: { name: "w", annotations } } satisfies KubeObject);

  assert.deepEqual(
    [...lists],
    [
      ["a", [entry("1")]],
      ["b", []],
    ],
  );
});

test("a replica's key is its name, or a hash of one that does not fit into a label key", () => {
  const names = ["dockbell-0", "x".repeat(56), "x".repeat(57), `${"x".repeat(56)}y`];

  const keys = names.map(replicaKey);

  assert.deepEqual(keys.slice(0, 2), names.slice(0, 2));
  assert.equal(new Set(keys).size, 4);
  for (const key of keys) assert.ok((pushesAnnotation(key).split("/")[1] ?? "").length <= 63);
});

test("what the controller says is read as it was written", () => {
  const answer = {
    read: new Map([
      ["a", "2026-01-01T00:00:00.000000001Z"],
      ["b-0", "2026-01-01T00:00:00.000000002Z"],
    ]),
    failed: ["example/app:1"],
    unusable: ["example/app:5"],
    notVisible: ["example/app:2", "localhost:5000/x/y:3"],
    notWanted: ["full-scan"],
    unchanged: ["example/app:4"],
  };
  const condition = { type: PUSHES_DISCOVERED, status: "False", reason: "NotVisible", lastTransitionTime: "" } as const;

  const read = readPushesAnswer([{ ...condition, message: formatAnswer(answer) }]);

  assert.deepEqual(read, answer);
});

test("a message of somebody else is no answer", () => {
  const condition = { type: PUSHES_DISCOVERED, status: "True", reason: "X", lastTransitionTime: "" } as const;

  assert.equal(readPushesAnswer([{ ...condition, message: "all is well" }]), undefined);
  assert.equal(readPushesAnswer(undefined), undefined);
});

test("names that do not fit into a condition leave every entry read failed or not visible, never done", () => {
  const entries = Array.from({ length: 1_000 }, (_, place) => entry(`${"x".repeat(60)}${place}`));
  const names = entries.map(pushName);
  const read = new Map([["a", entries.at(-1)?.token ?? ""]]);
  const answer = { read, failed: ["example/app:1"], unusable: [], notVisible: names, notWanted: names, unchanged: [] };

  const message = formatAnswer(answer);

  const condition = { type: PUSHES_DISCOVERED, status: "False", reason: "X", lastTransitionTime: "", message } as const;
  const object = { apiVersion: "", kind: "", metadata: { name: "w" }, status: { conditions: [condition] } };
  assert.match(message, /; failed: example\/app:1; not visible: all; not wanted: too many to name$/);
  const { done, invisible } = answeredEntries(object, "a", entries);
  assert.deepEqual([done.size, invisible.size], [0, 1_000]);
});

test("an entry whose digest is unchanged is done, unless it is named as not visible too", () => {
  const entries = [entry("1"), entry("2")];
  const [first = "", second = ""] = entries.map(pushName);
  const read = new Map([["a", entries.at(-1)?.token ?? ""]]);
  const unchanged = [first, second];
  const message = formatAnswer({ read, failed: [], unusable: [], notVisible: [second], notWanted: [], unchanged });
  const condition = { type: PUSHES_DISCOVERED, status: "False", reason: "X", lastTransitionTime: "", message } as const;
  const object = { apiVersion: "", kind: "", metadata: { name: "w" }, status: { conditions: [condition] } };

  const { done, invisible } = answeredEntries(object, "a", entries);

  assert.deepEqual([[...done], [...invisible]], [[entries[0]], [entries[1]]]);
});

test("an answer that was cut off is none", () => {
  const message = "Read pushes.a up to t; not visible: example/app:1, exam ... (truncated)";
  const condition = { type: PUSHES_DISCOVERED, status: "False", reason: "X", lastTransitionTime: "", message } as const;

  assert.equal(readPushesAnswer([condition]), undefined);
});
