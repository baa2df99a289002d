// What is said of a file of the data directory that cannot be used: which one, what is wrong, and what to do about it.
import { existsSync, statfsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { InputError, StorageError } from "../errors.ts";

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

const FULL_CODES: readonly unknown[] = ["ENOSPC", "EDQUOT"];
const SHUT_CODES: readonly unknown[] = ["EACCES", "EPERM", "EROFS"];
/** A folder in the place of a file, or a file in the place of a folder. */
const MISPLACED_CODES: readonly unknown[] = ["EISDIR", "EEXIST", "ENOTDIR"];
/** https://www.sqlite.org/rescode.html, the lowest byte of each. */
const SQLITE = {
  perm: 3,
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notDatabase: 26,
};
/** A database needs a few pages to be opened. */
const ROOM_BYTES = 256 * 1024;

/** Files and databases have one of the two: whatever else is thrown is no fault of a file. */
interface FileError {
  readonly code?: unknown;
  readonly syscall?: string;
  readonly errcode?: number;
}

/** `InputError` for what was met in using a file; what the file has no part in stays as it is. */
export function fileFault(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof InputError) return error;
  const { syscall, errcode } = error as FileError;
  if (syscall === undefined && errcode === undefined) return error;
  return new InputError(faultText(file, error), error);
}

/** For a file whose content is not what we put there; nothing of that may be in `why`. */
export function damagedFile(file: string, why: string): InputError {
  return new InputError(damagedText(file, why));
}

/** Of what ended a start: a damaged page is met by whoever reads it, who does not know the file. */
export function startFault(directory: string, error: unknown): unknown {
  if (error instanceof StorageError) return storageFault(error);
  if ((error as FileError).errcode === undefined) return error;
  const concerned = DATABASES.map((name) => join(directory, name)).find((path) => isConcerned(path, error));
  return concerned === undefined ? error : fileFault(concerned, error);
}

/** Where the file is not at its path, nothing is wrong with it: the message says what to do. */
function storageFault(error: StorageError): InputError {
  const fault = fileFault(error.path, error.cause);
  return fault instanceof InputError ? fault : new InputError(error.message, error);
}

function faultText(file: string, error: Error): string {
  const { code } = error as FileError;
  const sqlite = sqliteCodeOf(error);
  const isFull = FULL_CODES.includes(code) || sqlite === SQLITE.full;
  if (isFull || (sqlite === SQLITE.ioError && !hasRoom(dirname(file)))) {
    return `${file} cannot be written, because the disk is full: make room, or choose another --data-dir`;
  }
  if (SHUT_CODES.includes(code) || [SQLITE.perm, SQLITE.readOnly, SQLITE.cannotOpen].includes(sqlite)) {
    return `${file} cannot be written (${error.message}): make it writable for this user, or choose another --data-dir`;
  }
  if ([SQLITE.busy, SQLITE.locked].includes(sqlite)) {
    return `${file} is in use by another program (${error.message}): end that, or choose another --data-dir`;
  }
  if (MISPLACED_CODES.includes(code) || [SQLITE.corrupt, SQLITE.notDatabase].includes(sqlite)) {
    return damagedText(file, error.message);
  }
  const advice = "end what keeps it from being used, or choose another --data-dir";
  return `${file} cannot be used (${error.message}): ${advice}`;
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

/** What is above the lowest byte tells more of the same. */
function sqliteCodeOf(error: unknown): number {
  return ((error as FileError).errcode ?? 0) & 0xff;
}
