// Keeps blobs as files named by their digest, so that a restart costs no pulls. A file that was damaged or cut short is
// noticed by its digest and fetched again; those used least recently give way.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { InputError } from "../errors.ts";
import type { BlobCache } from "./blob-cache.ts";
import { hasDigest, isDigest } from "./digest.ts";

interface DirectoryOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly maxBytes?: number;
  /** Told when the disk refuses: the cache then keeps less, and nothing else fails. */
  readonly onError: (error: unknown) => void;
}

const VERSION = 1;
const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;
/** Room is made for more than one blob at a time, because looking at every file costs. */
const FULL_SHARE_AFTER_EVICTION = 0.9;
/** Recency is as exact as that, so that a read seldom writes. */
const RECENCY_MS = 60_000;
const UNFINISHED = "~";

/** Throws `InputError` for a directory that a newer version has written. One process at a time. */
export function openDirectoryBlobCache(options: DirectoryOptions): BlobCache {
  const { path } = options;
  mkdirSync(path, { recursive: true, mode: 0o700 });
  takeVersion(path);
  return new DirectoryCache(options);
}

function takeVersion(path: string): void {
  const file = join(path, "version");
  const found = Number(readIfThere(file)?.toString() ?? VERSION);
  if (found > VERSION) {
    throw new InputError(
      `${path} was written by a newer version (schema ${found}, this one knows ${VERSION}): use that, or remove the directory`,
    );
  }
  writeFileSync(file, `${VERSION}\n`);
}

class DirectoryCache implements BlobCache {
  readonly #options: DirectoryOptions;
  readonly #maxBytes: number;
  /** Of all files; not known before the first is written. */
  #totalBytes: number | undefined;

  constructor(options: DirectoryOptions) {
    this.#options = options;
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  }

  get(digest: string): Uint8Array | undefined {
    if (!isDigest(digest)) return undefined;
    const bytes = this.#guarded(() => readIfThere(this.#fileOf(digest)));
    if (!bytes) return undefined;
    if (hasDigest(bytes, digest)) {
      this.#guarded(() => this.#touch(digest));
      return bytes;
    }
    this.#guarded(() => rmSync(this.#fileOf(digest), { force: true }));
    this.#totalBytes = undefined;
    return undefined;
  }

  put(digest: string, bytes: Uint8Array): void {
    if (!isDigest(digest) || bytes.byteLength > this.#maxBytes) return;
    this.#guarded(() => {
      const file = this.#fileOf(digest);
      const replacedBytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      this.#totalBytes ??= this.#files().reduce((total, { size }) => total + size, 0);
      writeFileSync(file + UNFINISHED, bytes);
      renameSync(file + UNFINISHED, file);
      this.#markUsed(file);
      this.#totalBytes += bytes.byteLength - replacedBytes;
      if (this.#totalBytes > this.#maxBytes) this.#evict();
    });
  }

  #fileOf(digest: string): string {
    return join(this.#options.path, digest.replace(":", "-"));
  }

  #touch(digest: string): void {
    const file = this.#fileOf(digest);
    if (this.#options.clock.now() - statSync(file).mtimeMs > RECENCY_MS) this.#markUsed(file);
  }

  #markUsed(file: string): void {
    const seconds = this.#options.clock.now() / 1000;
    utimesSync(file, seconds, seconds);
  }

  #evict(): void {
    const oldestFirst = this.#files().toSorted((a, b) => a.usedAtMs - b.usedAtMs);
    let total = oldestFirst.reduce((sum, { size }) => sum + size, 0);
    for (const { file, size } of oldestFirst) {
      if (total <= this.#maxBytes * FULL_SHARE_AFTER_EVICTION) break;
      rmSync(file, { force: true });
      total -= size;
    }
    this.#totalBytes = total;
  }

  /** What a killed process left unfinished is cleared away on the way. */
  #files(): readonly { readonly file: string; readonly size: number; readonly usedAtMs: number }[] {
    const names = readdirSync(this.#options.path);
    for (const name of names.filter((one) => one.endsWith(UNFINISHED))) rmSync(join(this.#options.path, name));
    const blobs = names.filter((name) => isDigest(name.replace("-", ":")));
    return blobs.map((name) => {
      const file = join(this.#options.path, name);
      const { size, mtimeMs } = statSync(file);
      return { file, size, usedAtMs: mtimeMs };
    });
  }

  #guarded<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#options.onError(error);
      return undefined;
    }
  }
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
