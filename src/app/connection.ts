// What a command talks to: the running `dockbell up` or `dockbell serve` of a data directory, found by the files it
// left there, and a cluster.
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Connection } from "../cli/connection.ts";
import { InputError, KubeError, messageOf, TransportError } from "../errors.ts";
import { type ClusterAccess, refusedText } from "../kube/access.ts";
import type { KubeClient } from "../kube/client.ts";
import { ADMIN_URL_FILE } from "./admin-listener.ts";
import { connectTo, findClusterAccess } from "./cluster.ts";
import { connectEmbedded } from "./embedded.ts";
import { adminOf, codeOf, explainFault, type LocalDockbell, unreadable } from "./local-dockbell.ts";

export interface ConnectionChoice {
  /** Where an `up` keeps everything. */
  readonly dataDir: string;
  /** Somebody said so; it is not the default. */
  readonly isDataDirGiven: boolean;
  /** Where a `serve` on this machine keeps its deliveries. */
  readonly serveDataDir: string;
  /** Of the admin API, when it is not in the data directory. */
  readonly adminTokenFile: string;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string | undefined;
  readonly requestTimeoutMs: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userAgent: string;
}

export interface OpenConnection extends Connection {
  close(): void;
}

/** Throws `InputError` when there is nothing to talk to. */
export function connect(choice: ConnectionChoice): OpenConnection {
  const { dataDir, isDataDirGiven, serveDataDir, kubeconfig, context, env } = choice;
  if (isDataDirGiven) checkReadable(dataDir);
  const isCluster = kubeconfig !== undefined || context !== undefined;
  if (!isCluster && existsSync(join(dataDir, "kubeconfig"))) return connectRunning(choice);
  const hasServed = existsSync(join(serveDataDir, ADMIN_URL_FILE));
  const isClusterNear = Boolean(env["KUBECONFIG"] || env["KUBERNETES_SERVICE_HOST"]);
  if (isCluster || hasServed || (isClusterNear && !isDataDirGiven)) {
    return connectToCluster(choice, hasServed && (isDataDirGiven || !isCluster));
  }
  const hints = `start one with "dockbell up", name its --data-dir, or name a cluster with --context or --kubeconfig`;
  throw new InputError(`no Dockbell has run in ${resolve(dataDir)}: ${hints}`);
}

/** One that is not there is one where nothing ran. Throws `InputError` for one that this user may not read. */
function checkReadable(directory: string): void {
  try {
    readdirSync(directory);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw unreadable(directory, error);
  }
}

function connectRunning(choice: ConnectionChoice): OpenConnection {
  const { dataDir, namespace, userAgent, requestTimeoutMs: timeoutMs } = choice;
  const running: LocalDockbell = { directory: dataDir, startedBy: "up" };
  const { client, close } = connectEmbedded(dataDir, { userAgent, timeoutMs });
  const admin = adminOf(running, choice);
  return {
    client,
    namespace,
    place: `Dockbell in ${dataDir}`,
    deliveries: admin.deliveries,
    drain: admin.drain,
    explain: (error) => explainFault(running, error),
    close() {
      close();
      admin.close();
    },
  };
}

/** `isOurs` where a `serve` of this machine or pod keeps deliveries for it; those can be had without its cluster. */
function connectToCluster(choice: ConnectionChoice, isOurs: boolean): OpenConnection {
  const { context, namespace, serveDataDir } = choice;
  const { access, client, close } = isOurs ? clusterIfAny(choice) : clusterOf(choice);
  const admin = isOurs ? adminOf({ directory: serveDataDir, startedBy: "serve" }, choice) : undefined;
  const cluster = access && `Cluster at ${access.server}${context === undefined ? "" : ` (context ${context})`}`;
  return {
    get client() {
      return client();
    },
    namespace,
    place: cluster ?? `Dockbell in ${serveDataDir}`,
    deliveries: admin?.deliveries,
    drain: admin?.drain,
    explain: (error) => explainCluster(error, namespace, access),
    close() {
      close();
      admin?.close();
    },
  };
}

interface ClusterWay {
  /** Undefined where no cluster can be found. */
  readonly access: ClusterAccess | undefined;
  /** Throws `InputError` without one. */
  client(): KubeClient;
  close(): void;
}

function clusterOf({ kubeconfig, context, env, userAgent, requestTimeoutMs: timeoutMs }: ConnectionChoice): ClusterWay {
  const access = findClusterAccess({ env, kubeconfig, context });
  // A command has a person before it, who is told the fault itself.
  const { client, close } = connectTo(access, { env, userAgent, timeoutMs, log: () => {} });
  return { access, client: () => client, close };
}

/** Whoever names a cluster is told at once what is wrong with it. */
function clusterIfAny(choice: ConnectionChoice): ClusterWay {
  const { kubeconfig, context, serveDataDir } = choice;
  try {
    return clusterOf(choice);
  } catch (error) {
    if (kubeconfig !== undefined || context !== undefined) throw error;
    const client = () => {
      const hint = `${serveDataDir} is that of a "dockbell serve": give its cluster with --kubeconfig as well`;
      throw new InputError(`${messageOf(error)}; ${hint}`, error);
    };
    return { access: undefined, client, close: () => undefined };
  }
}

function explainCluster(error: unknown, namespace: string | undefined, access: ClusterAccess | undefined): unknown {
  if (error instanceof TransportError && error.problem === "silent") {
    const message = `the API server did not answer (${messageOf(error)}): --request-timeout gives it longer`;
    return new Error(message, { cause: error });
  }
  if (!(error instanceof KubeError)) return error;
  const { status } = error;
  const hint = namespace === undefined ? "; with -n one namespace is enough" : "";
  if (status === 401 && access) {
    const advice = "log in again, or name another one with --context or --kubeconfig";
    return new InputError(`${refusedText(access)}: ${advice}`, error);
  }
  if (status === 403) return new InputError(`${messageOf(error)}${hint}`, error);
  if (status === 404) return new InputError(`${messageOf(error)}: are Kargo's CRDs installed there?`, error);
  return error;
}
