import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readWatch, type WatchEvent } from "./watch.ts";

async function* chunksOf(text: string, size: number): AsyncIterable<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function eventsOf(text: string, size = 7): Promise<readonly WatchEvent<never>[]> {
  const events: WatchEvent<never>[] = [];
  for await (const event of readWatch<never>(chunksOf(text, size))) events.push(event);
  return events;
}

const object = (name: string) => ({ metadata: { name, resourceVersion: "5" } });
const line = (type: string, value: unknown) => `${JSON.stringify({ type, object: value })}\n`;

for (const size of [1, 3, 64, 10_000]) {
  test(`events are the same however they are cut into pieces: ${size} bytes each`, async () => {
    const text = line("ADDED", object("ä€")) + line("MODIFIED", object("b")) + line("DELETED", object("b"));

    const events = await eventsOf(text, size);

    assert.deepEqual(events, [
      { kind: "added", object: object("ä€") },
      { kind: "modified", object: object("b") },
      { kind: "deleted", object: object("b") },
    ]);
  });
}

describe("a line becomes", () => {
  const cases: readonly (readonly [what: string, text: string, kind: string])[] = [
    ["a bookmark", line("BOOKMARK", { metadata: { resourceVersion: "9" } }), "bookmark"],
    ["expired, for an ERROR with 410", line("ERROR", { code: 410, message: "too old" }), "expired"],
    ["nameless, for an object without metadata", line("ADDED", {}), "nameless"],
    ["nameless, for no object", line("ADDED", null), "nameless"],
    ["nameless, for a name that is no string", line("ADDED", { metadata: { name: 5 } }), "nameless"],
    ["nameless, for an unknown type", line("EXPLODED", object("a")), "nameless"],
    ["undecodable, for what is not JSON", "garbage\n", "undecodable"],
    ["undecodable, for what is no object", "null\n", "undecodable"],
  ];
  for (const [what, text, kind] of cases) {
    test(what, async () => {
      const events = await eventsOf(text);

      assert.deepEqual(
        events.map((event) => event.kind),
        [kind],
      );
    });
  }
});

test("what was cut off at the end, and an empty line, are no events", async () => {
  const events = await eventsOf(`\n${line("ADDED", object("a"))}{"type":"ADDED","object":{"metadata":{"name":"b"}}}`);

  assert.deepEqual(events, [{ kind: "added", object: object("a") }]);
});

test("an ERROR event is an error that says how long to wait", async () => {
  const text = line("ERROR", {
    code: 429,
    reason: "TooManyRequests",
    message: "busy",
    details: { retryAfterSeconds: 3 },
  });

  await assert.rejects(eventsOf(text), { name: "KubeError", status: 429, retryAfterMs: 3_000, message: /busy/ });
});

test("a line longer than any event is refused instead of kept", async () => {
  const endless = async function* () {
    const chunk = new Uint8Array(1024 * 1024);
    while (true) yield chunk;
  };

  await assert.rejects(
    async () => {
      for await (const _ of readWatch<never>(endless())) assert.fail("there is no event");
    },
    { message: /longer than 8388608 bytes/ },
  );
});
