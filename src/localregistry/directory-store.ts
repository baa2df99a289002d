// The example registry's storage: blobs by digest and tags by name, as files that are written whole or not at all.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface StoredManifest {
  readonly mediaType: string;
  readonly digest: string;
}

export interface RegistryStore {
  putBlob(bytes: Uint8Array): string;
  getBlob(digest: string): Uint8Array | undefined;
  /** `reference` is a tag or a digest. */
  putManifest(repository: string, reference: string, manifest: StoredManifest): void;
  getManifest(repository: string, reference: string): StoredManifest | undefined;
  /** Sorted bytewise; undefined where the repository is unknown. */
  listTags(repository: string): readonly string[] | undefined;
}

export function openDirectoryStore(path: string): RegistryStore {
  const blobFile = (digest: string) => join(path, "blobs", digest.replace(":", "-"));
  const manifestDirectory = (repository: string) => join(path, "manifests", encodeURIComponent(repository));
  const manifestFile = (repository: string, reference: string) =>
    join(manifestDirectory(repository), encodeURIComponent(reference));
  return {
    putBlob(bytes) {
      const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
      writeWhole(blobFile(digest), bytes);
      return digest;
    },
    getBlob: (digest) => readIfThere(blobFile(digest)),
    putManifest: (repository, reference, manifest) =>
      writeWhole(manifestFile(repository, reference), Buffer.from(JSON.stringify(manifest))),
    getManifest(repository, reference) {
      const bytes = readIfThere(manifestFile(repository, reference));
      return bytes && (JSON.parse(bytes.toString()) as StoredManifest);
    },
    listTags(repository) {
      const names = namesIn(manifestDirectory(repository));
      return names
        ?.map(decodeURIComponent)
        .filter((name) => !name.startsWith("sha256:") && !name.endsWith("~"))
        .sort();
    },
  };
}

function writeWhole(file: string, bytes: Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}~`, bytes);
  renameSync(`${file}~`, file);
}

function readIfThere(file: string): Buffer | undefined {
  return unlessMissing(() => readFileSync(file));
}

function namesIn(directory: string): readonly string[] | undefined {
  return unlessMissing(() => readdirSync(directory));
}

function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
