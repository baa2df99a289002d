// A log that cannot be written, or a listener that ends, is our fault; what is wrong with a body stays the sender's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PATH, payload, receivingFor, verdicts } from "../../test/support/receiving.ts";
import { BodyIncompleteError, type BodyRead, BodyTooLargeError } from "../http/message.ts";

const BODIES: readonly { readonly name: string; readonly read: BodyRead; readonly expected: number }[] = [
  { name: "is no JSON", read: { bytes: Buffer.from("{") }, expected: 400 },
  { name: "is too large", read: { bytes: Buffer.from("{"), error: new BodyTooLargeError(1) }, expected: 413 },
  {
    name: "stops arriving",
    read: { bytes: Buffer.from("{"), error: new BodyIncompleteError("too slow") },
    expected: 408,
  },
  { name: "is a push", read: { bytes: Buffer.from(payload("example/app", "1.0.0")) }, expected: 500 },
];

for (const { name, read, expected } of BODIES) {
  test(`while the log cannot be written, a body that ${name} is answered ${expected}, and the fault is told`, async (t) => {
    const it = await receivingFor(t);
    it.database.read((db) =>
      db.exec("CREATE TRIGGER broken BEFORE INSERT ON delivery BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"),
    );

    const { status } = await it.receiver({
      method: "POST",
      url: PATH,
      headers: {},
      body: { readUpTo: async () => read },
    });

    assert.equal(status, expected);
    assert.deepEqual(
      it.lines.filter((line) => line.includes("disk I/O error")),
      ["receiver: disk I/O error"],
    );
  });
}

test("a full disk fails each webhook, and is told of by the database alone", async (t) => {
  const it = await receivingFor(t);
  it.database.read((db) => db.exec("PRAGMA max_page_count=1"));
  const read: BodyRead = { bytes: Buffer.from(payload("example/app", "1.0.0") + " ".repeat(100_000)) };
  const post = () => it.receiver({ method: "POST", url: PATH, headers: {}, body: { readUpTo: async () => read } });

  const answers = [await post(), await post()];

  assert.deepEqual([answers.map(({ status }) => status), it.lines], [[500, 500], []]);
});

test("a body that the listener does not await is answered 503, and nothing is recorded or told", async (t) => {
  const it = await receivingFor(t);
  const read: BodyRead = { bytes: Buffer.from("{"), error: new BodyIncompleteError("not awaited") };

  const { status } = await it.receiver({
    method: "POST",
    url: PATH,
    headers: {},
    body: { readUpTo: async () => read },
  });

  assert.equal(status, 503);
  assert.deepEqual([verdicts(it), it.lines], [[], []]);
});
