// Kubeconfigs made of an administrator's, beside it: with another user, or for what stands before the API server.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dump, load } from "js-yaml";
import { findClusterAccess } from "../../src/app/cluster.ts";
import type { Api } from "./installed-serve.ts";
import type { Kubectl } from "./kubectl.ts";

export interface Account {
  readonly namespace: string;
  readonly name: string;
}

interface Named {
  readonly name: string;
}

interface Kubeconfig {
  readonly users: readonly Named[];
  readonly clusters: readonly Named[];
}

/** Whose user is the service account. Returns its path; `kubectl` is the administrator's. */
export async function writeAccountKubeconfig(
  kubectl: Pick<Kubectl, "run">,
  adminKubeconfig: string,
  { namespace, name }: Account,
): Promise<string> {
  const { stdout: token, stderr } = await kubectl.run(["create", "token", name, "--namespace", namespace]);
  if (token === "") throw new Error(stderr);
  const user = { token: token.trim() };
  return writeBeside(adminKubeconfig, name, ({ users }) => ({ users: users.map((one) => ({ name: one.name, user })) }));
}

/** For the same user at another address. Returns its path. */
export function writeKubeconfigFor({ server, authority }: Api, kubeconfig: string): string {
  const cluster = { server, "certificate-authority-data": Buffer.from(authority).toString("base64") };
  return writeBeside(kubeconfig, new URL(server).port, ({ clusters }) => ({
    clusters: clusters.map(({ name }) => ({ name, cluster })),
  }));
}

/** Where the API of a kubeconfig is. */
export function apiOf(kubeconfig: string): Api {
  const { server, authority } = findClusterAccess({ env: {}, kubeconfig });
  return { server, authority: authority?.kind === "text" ? authority.text : "" };
}

function writeBeside(kubeconfig: string, name: string, changed: (config: Kubeconfig) => Partial<Kubeconfig>): string {
  const config = load(readFileSync(kubeconfig, "utf8")) as Kubeconfig;
  const path = join(dirname(kubeconfig), `${name}.kubeconfig`);
  writeFileSync(path, dump({ ...config, ...changed(config) }));
  return path;
}
