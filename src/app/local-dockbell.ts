// A running Dockbell on this machine or in this pod, as commands ask it: found by the files that it left in its data
// directory. One that stands still is not waited for long.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { DeliveryLogs, DrainControl } from "../cli/connection.ts";
import { within } from "../clock.ts";
import { InputError, TransportError } from "../errors.ts";
import { EMPTY_BODY, readBody, type Transport } from "../http/message.ts";
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
  readonly userAgent: string;
}

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** A replica waits up to four seconds for others. */
const ANSWERED_WITHIN_MS = 6_000;

/** The admin API of the process that holds the directory. */
export function adminOf(of: LocalDockbell, { adminTokenFile, userAgent }: AdminChoice) {
  const [connectTimeoutMs, answerTimeoutMs, idleTimeoutMs] = Array<number>(3).fill(ANSWERED_WITHIN_MS);
  const network = createNetworkTransport({ connectTimeoutMs, answerTimeoutMs, idleTimeoutMs });
  const ask = async <T>(method: string, path: string): Promise<T> => {
    const address = readLeft(of, ADMIN_URL_FILE);
    const tokenFile = adminTokenFile === "" ? readLeft(of, ADMIN_TOKEN_FILE) : resolve(adminTokenFile);
    const token = readLeft(of, tokenFile);
    const headers = { authorization: `Bearer ${token.trim()}`, "user-agent": userAgent };
    try {
      const answer = await network.transport({ method, url: address + path, headers, body: EMPTY_BODY });
      return told(answer.status, Buffer.from(await readBody(answer.body, MAX_ANSWER_BYTES)).toString());
    } catch (error) {
      throw isSilent(error) ? silence(of, address, error) : explainRefusal(of, error);
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

/** The same for its Kubernetes API: no answer may begin later. */
export function answeringInTime(of: LocalDockbell): (transport: Transport) => Transport {
  return (transport) => (request) =>
    within(ANSWERED_WITHIN_MS, SYSTEM_CLOCK, (overdue) => {
      const signal = AbortSignal.any([overdue, ...(request.signal ? [request.signal] : [])]);
      return transport({ ...request, signal }).catch((error: unknown) => {
        throw overdue.aborted ? silence(of, new URL(request.url).origin, error) : error;
      });
    });
}

/** The answer's value. */
function told<T>(status: number, text: string): T {
  const answer = JSON.parse(text) as T & { readonly error?: string };
  if (status === 200) return answer;
  throw status < 500 ? new InputError(`${answer.error}`) : new Error(answer.error);
}

/** `name` is a file of the directory, or an absolute path that was left there. */
function readLeft(of: LocalDockbell, name: string): string {
  try {
    return readFileSync(resolve(of.directory, name), "utf8");
  } catch (error) {
    throw notRunning(of, error);
  }
}

/** A socket that nobody listens on says more to us than to the user; other faults stay as they are. */
export function explainRefusal(of: LocalDockbell, error: unknown): unknown {
  const cause = error instanceof TransportError ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return cause?.code === "ECONNREFUSED" ? notRunning(of, error) : error;
}

function isSilent(error: unknown): boolean {
  return error instanceof TransportError && error.problem === "silent";
}

function notRunning({ directory, startedBy }: LocalDockbell, cause: unknown): InputError {
  return new InputError(
    `no Dockbell is running in ${resolve(directory)}: start it with "dockbell ${startedBy}", or name its --data-dir`,
    cause,
  );
}

function silence({ directory }: LocalDockbell, address: string, cause: unknown): TransportError {
  const bound = `${ANSWERED_WITHIN_MS / 1000} s`;
  const message = `the Dockbell of ${resolve(directory)} did not answer at ${address} within ${bound}: is it stopped, or its machine overloaded?`;
  return new TransportError(message, { problem: "silent", cause, isRetryable: true });
}
