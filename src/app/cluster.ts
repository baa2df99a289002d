// The way to a Kubernetes API outside this process: which one it is, and the files, processes and time that takes.
import { readFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { InputError, messageOf } from "../errors.ts";
import type { Transport } from "../http/message.ts";
import { type ClusterAccess, inClusterAccess } from "../kube/access.ts";
import { createKubeClient, type KubeClient } from "../kube/client.ts";
import { connectCluster } from "../kube/connection.ts";
import { type KubeconfigFile, readKubeconfig } from "../kube/kubeconfig.ts";
import { createPluginRunner } from "../kube/plugin-process.ts";
import { ENDING_SIGNALS, SYSTEM_CLOCK } from "./system.ts";

type Environment = Readonly<Record<string, string | undefined>>;

interface ClusterChoice {
  readonly env: Environment;
  /** One file, which must exist; the environment decides when absent. */
  readonly kubeconfig?: string | undefined;
  /** Default: the files' current-context. */
  readonly context?: string | undefined;
}

/**
 * The cluster a process is meant to talk to, in controller-runtime's order: the file that was named, `KUBECONFIG`, the
 * pod's service account, `~/.kube/config`. Throws `InputError` when there is none, or what is written there is wrong.
 */
export function findClusterAccess({ env, kubeconfig, context }: ClusterChoice): ClusterAccess {
  if (kubeconfig !== undefined) return readKubeconfig([readNamed(kubeconfig)], context);
  const listed = (env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  const inCluster = listed.length === 0 ? inClusterAccess(env, readText) : undefined;
  if (inCluster) return inCluster;
  const paths = listed.length > 0 ? listed : [join(env["HOME"] ?? ".", ".kube", "config")];
  const files = [...new Set(paths)].flatMap(readIfThere);
  if (files.length > 0) return readKubeconfig(files, context);
  throw new InputError(`no cluster to talk to: ${paths.join(", ")} is not there; set KUBECONFIG`);
}

export interface ConnectOptions {
  readonly env: Environment;
  readonly userAgent: string;
  readonly log: (line: string) => void;
  /** Put around what sends each request, those that are sent again included. */
  readonly observe?: (transport: Transport) => Transport;
  /** How long each answer may take to begin, and to go on, where somebody waits for it. */
  readonly timeoutMs?: number;
  /** For a process that signals do not end at once: it closes its connections, or calls `process.exit`. */
  readonly takesSignals?: boolean;
}

export interface ClusterClients {
  readonly client: KubeClient;
  /** Another, with a pool of connections of its own, and the same credentials. */
  clientApart(): KubeClient;
  /** Ends credential plugins too. */
  close(): void;
}

export function connectTo(access: ClusterAccess, options: ConnectOptions): ClusterClients {
  const { env, userAgent, log, timeoutMs, observe, takesSignals = false } = options;
  const closed = new AbortController();
  const forget = takesSignals ? beforeExit(() => closed.abort()) : beforeSignal(() => closed.abort());
  const runPlugin = createPluginRunner({ env, clock: SYSTEM_CLOCK, signal: closed.signal });
  const surroundings = { clock: SYSTEM_CLOCK, readFile: readText, runPlugin, log, timeoutMs, observe };
  const { open, close } = connectCluster(access, surroundings);
  const clientApart = () => createKubeClient({ transport: open(), server: access.server, userAgent });
  return {
    client: clientApart(),
    clientApart,
    close() {
      close();
      closed.abort();
      forget();
    },
  };
}

/** Where the process calls `process.exit`. What is returned has it forgotten. */
function beforeExit(end: () => void): () => void {
  process.once("exit", end);
  return () => process.off("exit", end);
}

/** Where a signal is to end the process, as it then does. What is returned has it forgotten. */
function beforeSignal(end: () => void): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    end();
    forget();
    process.kill(process.pid, signal);
  };
  const forget = () => {
    for (const signal of ENDING_SIGNALS) process.off(signal, onSignal);
  };
  for (const signal of ENDING_SIGNALS) process.on(signal, onSignal);
  return forget;
}

function readNamed(path: string): KubeconfigFile {
  const [file] = readIfThere(path);
  if (!file) throw new InputError(`there is no kubeconfig ${path}`);
  return file;
}

/** Missing ones are passed over, as kubectl does. */
function readIfThere(path: string): readonly KubeconfigFile[] {
  try {
    return [{ path: resolve(path), text: readText(path) }];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new InputError(`the kubeconfig ${path} cannot be read: ${messageOf(error)}`, error);
  }
}

function readText(path: string): string {
  return readFileSync(path, "utf8");
}
