// What is addressed by its digest never changes: fetched once, kept within a bound.

export interface BlobCache {
  get(digest: string): Uint8Array | undefined;
  put(digest: string, bytes: Uint8Array): void;
}

const MAX_CACHE_BYTES = 32 * 1024 * 1024;

/** In memory; the least recently used give way. */
export function createBlobCache(maxBytes = MAX_CACHE_BYTES): BlobCache {
  const blobs = new Map<string, Uint8Array>();
  let total = 0;
  return {
    get(digest) {
      const bytes = blobs.get(digest);
      if (bytes) {
        blobs.delete(digest);
        blobs.set(digest, bytes);
      }
      return bytes;
    },
    put(digest, bytes) {
      if (blobs.has(digest) || bytes.byteLength > maxBytes) return;
      blobs.set(digest, bytes);
      total += bytes.byteLength;
      for (const [oldest, { byteLength }] of blobs) {
        if (total <= maxBytes) return;
        blobs.delete(oldest);
        total -= byteLength;
      }
    },
  };
}
