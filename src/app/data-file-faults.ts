// What is said of a file of the data directory that cannot be used: which one, what is wrong, and what to do about it.
import { existsSync, statfsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { InputError, StorageError } from "../errors.ts";
import { SQLITE, sqliteCodeOf } from "../sqlite-codes.ts";

const KUBECONFIG_COPIES = "what copies of the kubeconfig hold of it";
/** What goes with a file that is removed; nothing goes with any other. */
const LOST: Readonly<Record<string, string>> = {
  "kube.db": "every object of the embedded API",
  "deliveries.db": "the record of all deliveries, and those that are not finished",
  "certificate.json": KUBECONFIG_COPIES,
  token: KUBECONFIG_COPIES,
  "kube-port": KUBECONFIG_COPIES,
  registry: "what was pushed to the example's registry",
};
const DATABASES = ["kube.db", "deliveries.db"];

const FULL_CODES: readonly unknown[] = ["ENOSPC", "EDQUOT", SQLITE.full];
const SHUT_CODES: readonly unknown[] = ["EACCES", "EPERM", "EROFS", SQLITE.perm, SQLITE.readOnly, SQLITE.cannotOpen];
const BUSY_CODES: readonly unknown[] = [SQLITE.busy, SQLITE.locked];
/** Of other content than ours; a folder in the place of a file, or a file in the place of a folder. */
const DAMAGE_CODES: readonly unknown[] = [SQLITE.corrupt, SQLITE.notDatabase, "EISDIR", "EEXIST", "ENOTDIR"];
/** A database needs a few pages to be opened. */
const ROOM_BYTES = 256 * 1024;

/** `InputError` for what was met in using a file; what the file has no part in stays as it is. */
export function fileFault(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof InputError) return error;
  if (codeOf(error) === undefined) return error;
  return new InputError(faultText(file, error), error);
}

/** For a file whose content is not what we put there; nothing of that may be in `why`. */
export function damagedFile(file: string, why: string): InputError {
  return new InputError(damagedText(file, why));
}

/** Of what ended a start: a damaged page is met by whoever reads it, who does not know the file. */
export function startFault(directory: string, error: unknown): unknown {
  if (error instanceof StorageError) return storageFault(error);
  if (sqliteCodeOf(error) === undefined) return error;
  const concerned = DATABASES.map((name) => join(directory, name)).find((path) => isConcerned(path, error));
  return concerned === undefined ? error : fileFault(concerned, error);
}

/** Where the file is not at its path, nothing is wrong with it: the message says what to do. */
function storageFault(error: StorageError): InputError {
  const fault = fileFault(error.path, error.cause);
  return fault instanceof InputError ? fault : new InputError(error.message, error);
}

function faultText(file: string, error: Error): string {
  const code = codeOf(error);
  if (FULL_CODES.includes(code) || (code === SQLITE.ioError && !hasRoom(dirname(file)))) {
    return `${file} cannot be written, because the disk is full: make room, or choose another --data-dir`;
  }
  if (SHUT_CODES.includes(code)) {
    return `${file} cannot be written (${error.message}): make it writable for this user, or choose another --data-dir`;
  }
  if (BUSY_CODES.includes(code)) {
    return `${file} is in use by another program (${error.message}): end that, or choose another --data-dir`;
  }
  if (DAMAGE_CODES.includes(code)) return damagedText(file, error.message);
  const advice = "end what keeps it from being used, or choose another --data-dir";
  return `${file} cannot be used (${error.message}): ${advice}`;
}

/** Of a file or a database: whatever else is thrown has none. */
function codeOf(error: Error): unknown {
  const { syscall, code } = error as NodeJS.ErrnoException;
  return sqliteCodeOf(error) ?? (syscall === undefined ? undefined : code);
}

function damagedText(file: string, why: string): string {
  const advice = "restore it from a backup, or remove it to have it made anew, which loses";
  return `${file} cannot be used (${why}): ${advice} ${LOST[basename(file)] ?? "nothing"}; or choose another --data-dir`;
}

function hasRoom(directory: string): boolean {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize >= ROOM_BYTES;
}

/** Whether reading all of the database meets damage, or what was met already. */
function isConcerned(path: string, error: unknown): boolean {
  if (!existsSync(path)) return false;
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      return database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"] !== "ok";
    } finally {
      database.close();
    }
  } catch (met) {
    return sqliteCodeOf(met) === sqliteCodeOf(error);
  }
}
