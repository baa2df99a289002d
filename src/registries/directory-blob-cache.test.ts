import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createTestClock } from "../../test/support/test-clock.ts";
import { InputError } from "../errors.ts";
import { createBlobCache } from "./blob-cache.ts";
import { sha256Of } from "./digest.ts";
import { openDirectoryBlobCache } from "./directory-blob-cache.ts";

const root = mkdtempSync(join(tmpdir(), "blobs-"));
after(() => rmSync(root, { recursive: true }));

let directories = 0;
function open(maxBytes?: number) {
  directories += 1;
  const path = join(root, String(directories));
  const clock = createTestClock();
  const errors: unknown[] = [];
  const reopen = () =>
    openDirectoryBlobCache({ path, clock, onError: (error) => errors.push(error), ...(maxBytes && { maxBytes }) });
  return { path, clock, errors, cache: reopen(), reopen };
}

function blob(text: string): { digest: string; bytes: Uint8Array } {
  const bytes = Buffer.from(text);
  return { digest: sha256Of(bytes), bytes };
}

test("what was put is there after a restart, as a file that others can check", () => {
  const { cache, reopen, path } = open();
  const { digest, bytes } = blob("hello");

  cache.put(digest, bytes);

  assert.deepEqual(Buffer.from(reopen().get(digest) ?? []), bytes);
  assert.equal(readFileSync(join(path, digest.replace(":", "-")), "utf8"), "hello");
});

for (const [what, content] of [
  ["damaged", "hellO"],
  ["cut short", "he"],
  ["empty", ""],
] as const) {
  test(`a file that is ${what} is not there, and can be put again`, () => {
    const { cache, path } = open();
    const { digest, bytes } = blob("hello");
    cache.put(digest, bytes);
    writeFileSync(join(path, digest.replace(":", "-")), content);

    const found = cache.get(digest);
    cache.put(digest, bytes);

    assert.equal(found, undefined);
    assert.deepEqual(Buffer.from(cache.get(digest) ?? []), bytes);
  });
}

test("beyond its bound, those used least recently give way", async () => {
  const { cache, clock } = open(1_000);
  const [a, b, c] = ["a", "b", "c"].map((letter) => blob(letter.repeat(400)));
  assert.ok(a && b && c);
  cache.put(a.digest, a.bytes);
  await clock.advance(100_000);
  cache.put(b.digest, b.bytes);
  await clock.advance(100_000);
  cache.get(a.digest);

  cache.put(c.digest, c.bytes);

  assert.deepEqual(
    [a, b, c].map(({ digest }) => cache.get(digest) !== undefined),
    [true, false, true],
  );
});

test("a restart counts what is there, and clears away what a killed process left unfinished", () => {
  const { cache, path, reopen } = open(1_000);
  const old = ["a", "b"].map((letter) => blob(letter.repeat(400)));
  for (const { digest, bytes } of old) cache.put(digest, bytes);
  writeFileSync(join(path, `sha256-${"0".repeat(64)}~`), "half");
  const { digest, bytes } = blob("c".repeat(400));

  reopen().put(digest, bytes);

  const names = readdirSync(path);
  assert.equal(names.filter((name) => name.startsWith("sha256-")).length, 2);
  assert.ok(!names.some((name) => name.endsWith("~")));
});

test("what is larger than the whole cache, or no digest, is not kept", () => {
  const { cache, path } = open(10);
  const { digest, bytes } = blob("x".repeat(11));

  cache.put(digest, bytes);
  cache.put("../escape", Buffer.from("x"));

  assert.equal(cache.get(digest), undefined);
  assert.equal(cache.get("../version"), undefined);
  assert.deepEqual(readdirSync(path), ["version"]);
});

test("a directory of a newer version is refused with what to do", () => {
  const { path, reopen } = open();
  writeFileSync(join(path, "version"), "2\n");

  assert.throws(
    reopen,
    (error: Error) => error instanceof InputError && /newer version \(schema 2/.test(error.message),
  );
});

test("a disk that refuses is told about, and nothing else fails", () => {
  const { cache, path, errors } = open();
  rmSync(path, { recursive: true });
  const { digest, bytes } = blob("hello");

  cache.put(digest, bytes);

  assert.equal(cache.get(digest), undefined);
  assert.equal(errors.length, 1);
});

test("in memory, those used least recently give way as well", () => {
  const cache = createBlobCache(10);
  for (const key of ["a", "b"]) cache.put(key, new Uint8Array(4));
  cache.get("a");

  cache.put("c", new Uint8Array(4));

  assert.deepEqual(
    ["a", "b", "c"].map((key) => cache.get(key) !== undefined),
    [true, false, true],
  );
});
