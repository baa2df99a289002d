// The admin listener with its surroundings: its token, the names it goes by, and what other commands find it by.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Random } from "../clock.ts";
import { InputError, messageOf } from "../errors.ts";
import { type AdminOptions, createAdmin } from "../server/admin.ts";
import type { Listener } from "../server/listener.ts";
import { ownToken, tokenFault } from "./bearer-token.ts";
import type { DataDirectory } from "./data-directory.ts";
import { listenOn } from "./listen.ts";
import { type Address, addressText, hostText } from "./setting-values.ts";

interface AdminListenerOptions extends Omit<AdminOptions, "hosts"> {
  readonly address: Address;
  readonly directory: DataDirectory;
  /** Beside the address it listens on and localhost. */
  readonly hosts?: readonly string[];
  readonly onError: (error: unknown) => void;
}

/** Where the admin API of the process is that has the directory. */
export const ADMIN_URL_FILE = "admin-url";
/** Names the file that its token is in: one of the directory, or an absolute path. */
export const ADMIN_TOKEN_FILE = "admin-token-file";

const OWN_TOKEN_FILE = "admin-token";

/** Its address is left in the directory. */
export async function startAdminListener(options: AdminListenerOptions): Promise<Listener> {
  const { address, directory, hosts = [], onError } = options;
  const handler = createAdmin({ ...options, hosts: [hostText(address.host), "localhost", ...hosts] });
  const listener = await listenOn({ handler, address, setting: "adminListen", onError });
  directory.write(ADMIN_URL_FILE, `http://${addressText({ host: reachable(address.host), port: listener.port })}`);
  return listener;
}

/**
 * What the file says at each call, so that the token can be changed under us: while it cannot be used, the former one
 * counts. Without a file, one of our own. The directory tells where it is. Throws `InputError` when the file cannot be
 * used at the start.
 */
export async function adminToken(directory: DataDirectory, random: Random, path = ""): Promise<() => string> {
  if (path !== "") {
    let inUse = readToken(path);
    directory.write(ADMIN_TOKEN_FILE, resolve(path));
    return () => {
      try {
        inUse = readToken(path);
      } catch {
        // A Secret's file is gone for a moment while it is replaced.
      }
      return inUse;
    };
  }
  const own = await ownToken(directory, OWN_TOKEN_FILE, random);
  directory.write(ADMIN_TOKEN_FILE, OWN_TOKEN_FILE);
  return () => own;
}

function readToken(path: string): string {
  try {
    const token = readFileSync(path, "utf8").trim();
    const fault = tokenFault(token);
    if (fault !== undefined) throw new Error(fault);
    return token;
  } catch (error) {
    throw new InputError(`--admin-token-file: ${path} cannot be used: ${messageOf(error)}`, error);
  }
}

/** An address that means all of them is no address to connect to. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}
