// A running Dockbell on this machine or in this pod, as commands ask it: found by the files that it left in its data
// directory.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { DeliveryLogs, DrainControl } from "../cli/connection.ts";
import { InputError, messageOf, TransportError } from "../errors.ts";
import { answeringWithin } from "../http/answering-within.ts";
import { EMPTY_BODY, readBody } from "../http/message.ts";
import { createNetworkTransport } from "../http/transport.ts";
import { DRAIN_PATH } from "../server/admin.ts";
import { listPath, pagePath } from "../server/delivery-paths.ts";
import { ADMIN_TOKEN_FILE, ADMIN_URL_FILE } from "./admin-listener.ts";
import { SYSTEM_CLOCK } from "./system.ts";

export interface LocalDockbell {
  /** Where its data is. */
  readonly directory: string;
  readonly startedBy: "up" | "serve";
}

interface AdminChoice {
  /** Instead of the token file that the directory names; empty for that one. */
  readonly adminTokenFile: string;
  readonly requestTimeoutMs: number;
  readonly userAgent: string;
}

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** The admin API of the process that holds the directory. */
export function adminOf(of: LocalDockbell, { adminTokenFile, requestTimeoutMs, userAgent }: AdminChoice) {
  const network = createNetworkTransport({ timeoutMs: requestTimeoutMs });
  const transport = answeringWithin(requestTimeoutMs, SYSTEM_CLOCK, network.transport);
  const ask = async <T>(method: string, path: string): Promise<T> => {
    const address = readLeft(of, ADMIN_URL_FILE);
    const tokenFile = adminTokenFile === "" ? resolve(of.directory, readLeft(of, ADMIN_TOKEN_FILE)) : adminTokenFile;
    const headers = { authorization: `Bearer ${readToken(tokenFile)}`, "user-agent": userAgent };
    try {
      const { status, body } = await transport({ method, url: address + path, headers, body: EMPTY_BODY });
      const text = Buffer.from(await readBody(body, MAX_ANSWER_BYTES)).toString();
      if (status === 401) throw new InputError(`the Dockbell at ${address} has another admin token than ${tokenFile}`);
      return told(address, { status, text });
    } catch (error) {
      throw explainFault(of, error);
    }
  };
  const deliveries: DeliveryLogs = {
    list: (query) => ask("GET", listPath(query)),
    page: (query) => ask("GET", pagePath(query)),
  };
  const drain: DrainControl = {
    begin: () => ask("POST", DRAIN_PATH),
    cancel: () => ask("DELETE", DRAIN_PATH),
    state: () => ask("GET", DRAIN_PATH),
  };
  return { deliveries, drain, close: network.close };
}

/** What a fault means for who asked it; others stay as they are. */
export function explainFault(of: LocalDockbell, error: unknown): unknown {
  if (!(error instanceof TransportError)) return error;
  if (codeOf(error.cause) === "ECONNREFUSED") return notRunning(of, error);
  if (error.problem !== "silent") return error;
  const message = `the Dockbell of ${resolve(of.directory)} did not answer (${error.message}): is it stopped, or its machine overloaded?`;
  return new Error(message, { cause: error });
}

interface AnswerText {
  readonly status: number;
  readonly text: string;
}

/** The answer's value. */
function told<T extends object>(address: string, { status, text }: AnswerText): T {
  const answer = parseObject<T & { readonly error?: string }>(text);
  if (answer && status === 200) return answer;
  if (typeof answer?.error !== "string") {
    throw new InputError(
      `${address} answered ${status}, and nothing that Dockbell says: does another program listen there?`,
    );
  }
  throw status < 500 ? new InputError(answer.error) : new Error(answer.error);
}

/** Undefined where it is none. */
function parseObject<T extends object>(text: string): T | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

/** A file of the directory that each start leaves there. */
function readLeft(of: LocalDockbell, name: string): string {
  const path = resolve(of.directory, name);
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    throw codeOf(error) === "ENOENT" ? notRunning(of, error) : unreadable(path, error);
  }
}

function readToken(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw unreadable(path, error);
    const advice = "start Dockbell again, or name another file with DOCKBELL_ADMIN_TOKEN_FILE";
    throw new InputError(`there is no ${resolve(path)}, where the admin token is to be: ${advice}`, error);
  }
}

/** What to say of a file or directory that is there. */
export function unreadable(path: string, error: unknown): InputError {
  if (codeOf(error) !== "EACCES") return new InputError(`${resolve(path)} cannot be read: ${messageOf(error)}`, error);
  return new InputError(`this user may not read ${resolve(path)}: ask as the one who runs Dockbell`, error);
}

function notRunning({ directory, startedBy }: LocalDockbell, cause: unknown): InputError {
  return new InputError(
    `no Dockbell is running in ${resolve(directory)}: start it with "dockbell ${startedBy}", or name its --data-dir`,
    cause,
  );
}

export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
