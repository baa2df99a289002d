// Reads kubeconfig files as kubectl does: several are merged, the first to name a thing wins, paths are relative to the
// file that holds them. kubernetes.io, "Organizing Cluster Access Using kubeconfig Files".
import { InputError } from "../errors.ts";
import type { ClusterAccess } from "./access.ts";
import { type Fields, fieldsOf } from "./kubeconfig-fields.ts";
import { userOf } from "./kubeconfig-user.ts";

export interface KubeconfigFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The access that one context gives: `contextName`, or the first `current-context`. Throws `InputError` naming the
 * file, the field and what to do.
 */
export function readKubeconfig(files: readonly KubeconfigFile[], contextName?: string): ClusterAccess {
  const documents = files.map(fieldsOf);
  const paths = files.map(({ path }) => path).join(", ");
  const wanted = contextName ?? documents.map((one) => one.text("current-context")).find((name) => name !== "");
  if (!wanted) throw new InputError(`${paths}: no current-context: set one, or name a context`);
  const context = find(documents, "contexts", "context", wanted);
  if (!context) throw new InputError(`${paths}: there is no context "${wanted}"`);
  const cluster = find(documents, "clusters", "cluster", context.required("cluster"));
  if (!cluster) throw context.wrong("cluster", `names "${context.text("cluster")}", which is not among the clusters`);
  const userName = context.text("user");
  const user = userName === "" ? undefined : find(documents, "users", "user", userName);
  if (userName !== "" && !user) throw context.wrong("user", `names "${userName}", which is not among the users`);
  return {
    ...clusterOf(cluster),
    namespace: context.text("namespace") || "default",
    user: user ? userOf(user, cluster) : {},
    userText:
      userName === "" ? `a context without a user, "${wanted}" of ${paths}` : `the user "${userName}" of ${paths}`,
  };
}

/** The fields of the first entry with this name in the first file that has one. */
function find(documents: readonly Fields[], list: string, field: string, name: string): Fields | undefined {
  for (const document of documents) {
    const found = document.list(list).filter((entry) => entry.text("name") === name);
    if (found.length > 1) throw document.wrong(list, `name "${name}" twice`);
    if (found[0]) return found[0].object(field);
  }
  return undefined;
}

function clusterOf(cluster: Fields): Omit<ClusterAccess, "namespace" | "user" | "userText"> {
  const authority = cluster.source("certificate-authority");
  const isUnverified = cluster.flag("insecure-skip-tls-verify");
  if (isUnverified && authority) throw cluster.wrong("insecure-skip-tls-verify", "cannot stand beside an authority");
  if (cluster.text("proxy-url") !== "")
    throw cluster.wrong("proxy-url", "is not supported: give the API server's own address, without a proxy");
  return {
    server: serverOf(cluster),
    authority,
    isUnverified,
    serverName: cluster.text("tls-server-name") || undefined,
  };
}

function serverOf(cluster: Fields): string {
  const text = cluster.required("server");
  const url = URL.parse(text.includes("://") ? text : `https://${text}`);
  if (url?.protocol !== "https:" && url?.protocol !== "http:")
    throw cluster.wrong("server", `"${text}" is not an address: write it like https://kubernetes.example.com:6443`);
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}
