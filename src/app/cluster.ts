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
import { SYSTEM_CLOCK } from "./system.ts";

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
  /** Put around what sends its requests. */
  readonly observe?: (transport: Transport) => Transport;
  /** How long each answer may take to begin, and to go on, where somebody waits for it. */
  readonly timeoutMs?: number;
  /** For a process that serves on after a Ctrl-C, which must not end the plugins that it needs until then. */
  readonly arePluginsApart?: boolean;
}

/** A client with a pool of connections of its own. `close` ends its credential plugins too. */
export function connectTo(
  access: ClusterAccess,
  options: ConnectOptions,
): { readonly client: KubeClient; close(): void } {
  const {
    env,
    userAgent,
    log,
    timeoutMs,
    observe = (transport) => transport,
    arePluginsApart: areApart = false,
  } = options;
  const closed = new AbortController();
  // A second Ctrl-C closes nothing.
  const endPlugins = () => closed.abort();
  if (areApart) process.once("exit", endPlugins);
  const runPlugin = createPluginRunner({ env, clock: SYSTEM_CLOCK, signal: closed.signal, areApart });
  const surroundings = { clock: SYSTEM_CLOCK, readFile: readText, runPlugin, log, timeoutMs };
  const { transport, close } = connectCluster(access, surroundings);
  return {
    client: createKubeClient({ transport: observe(transport), server: access.server, userAgent }),
    close() {
      close();
      endPlugins();
      process.off("exit", endPlugins);
    },
  };
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
