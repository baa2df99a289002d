// The data directory: who holds it, and the small files that must outlive a restart.
import { randomInt } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { InputError, messageOf } from "../errors.ts";
import { keepToOwner } from "../sqlite.ts";
import { SQLITE, sqliteCodeOf } from "../sqlite-codes.ts";
import { damagedFile, fileFault } from "./data-file-faults.ts";

const KEPT_PORTS = { from: 20_000, below: 32_000 };
const PORT_ATTEMPTS = 100;
const HIGHEST_PORT = 65_535;

export interface DataDirectory {
  readonly path: string;
  /** The path of a file in it. */
  file(name: string): string;
  /** What the file holds, trimmed, unless nothing or what `isStale`; else what `make` returns, kept with mode 0600. */
  keep(name: string, make: () => string | Promise<string>, isStale?: (kept: string) => boolean): Promise<string>;
  /** Puts a text into the file, mode 0600, whole or not at all. */
  write(name: string, text: string): void;
  /** Does `work` with the path; `InputError` says what to do about a file that cannot be used. */
  use<T>(name: string, work: (path: string) => T): T;
  release(): void;
}

/**
 * Takes the directory for this process and shuts it to other users (mode 0700): Secrets are in it. Throws `InputError`
 * when that is not allowed, or when another process has it, whom it names.
 */
export function openDataDirectory(path: string): DataDirectory {
  makeDirectory(path);
  shutToOthers(path);
  const file = (name: string) => join(path, name);
  const use = <T>(name: string, work: (path: string) => T) => useFile(file(name), work);
  const write = (name: string, text: string) =>
    use(name, (to) => {
      writeFileSync(`${to}.new`, text, { mode: 0o600, flush: true });
      renameSync(`${to}.new`, to);
    });
  const lock = use("lock.db", (lockFile) => takeLock(path, lockFile, file("holder")));
  try {
    write("holder", `the Dockbell with process id ${process.pid}`);
  } catch (error) {
    lock.close();
    throw error;
  }
  return {
    path,
    file,
    async keep(name, make, isStale = () => false) {
      const existing = use(name, readIfThere)?.trim();
      if (existing && !isStale(existing)) return existing;
      const text = await make();
      write(name, text);
      return text;
    },
    write,
    use,
    release: () => lock.close(),
  };
}

function useFile<T>(path: string, work: (path: string) => T): T {
  try {
    return work(path);
  } catch (error) {
    throw fileFault(path, error);
  }
}

/** One level after the other: Node's own recursive way never ends where a file system refuses, as /proc does. */
function makeDirectory(path: string): void {
  try {
    if (!existsSync(path)) makeMissing(path);
    if (!statSync(path).isDirectory()) throw new Error("it is a file");
  } catch (error) {
    throw new InputError(
      `--data-dir: ${path} cannot be a directory of ours (${messageOf(error)}): choose another`,
      error,
    );
  }
}

function makeMissing(path: string): void {
  if (!existsSync(dirname(path))) makeMissing(dirname(path));
  mkdirSync(path);
}

function shutToOthers(path: string): void {
  const isShut = (statSync(path).mode & 0o077) === 0;
  try {
    if (!isShut) chmodSync(path, 0o700);
  } catch (error) {
    const what = `${path} can be read by other users and cannot be shut to them (${messageOf(error)})`;
    throw new InputError(`${what}: give it to this user with mode 0700, or choose another --data-dir`, error);
  }
}

/**
 * A free port on loopback, for `keep`. Below those that systems give to outgoing connections: one of these could hold
 * it whenever we are down.
 */
export async function freePort(): Promise<string> {
  for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
    const port = randomInt(KEPT_PORTS.from, KEPT_PORTS.below);
    if (await isFree(port)) return String(port);
  }
  throw new InputError(`no free port was found on 127.0.0.1 between ${KEPT_PORTS.from} and ${KEPT_PORTS.below}`);
}

/** A port on loopback that is kept in the file. */
export async function keptPort(directory: DataDirectory, name: string): Promise<number> {
  const kept = await directory.keep(name, freePort);
  const port = Number(kept);
  if (Number.isInteger(port) && port > 0 && port <= HIGHEST_PORT) return port;
  throw damagedFile(directory.file(name), "it holds no port");
}

/** No setting chooses such a port, the file does: what is said of one that cannot be had. */
export function keptPortFault(error: unknown, { what, file }: { readonly what: string; readonly file: string }) {
  if (!(error instanceof InputError)) return error;
  const advice = `end what has it, or remove ${file} to get another port`;
  return new InputError(`the port of ${what} cannot be had: ${error.message}: ${advice}`, error);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** The system frees an SQLite lock with its process, however it ends; a pid file alone would go stale. */
function takeLock(path: string, lockFile: string, holderFile: string): DatabaseSync {
  keepToOwner(lockFile);
  const lock = new DatabaseSync(lockFile);
  try {
    lock.exec("PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if (sqliteCodeOf(error) !== SQLITE.busy) throw error;
    const holder = readIfThere(holderFile) ?? "another process";
    throw new InputError(`${path} is in use by ${holder}: stop it, or choose another --data-dir`, error);
  }
  return lock;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
