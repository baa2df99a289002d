// A kubeconfig whose user is a service account, beside the administrator's.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dump, load } from "js-yaml";
import type { Kubectl } from "./kubectl.ts";

export interface Account {
  readonly namespace: string;
  readonly name: string;
}

interface Kubeconfig {
  readonly users: readonly { readonly name: string }[];
}

/** Returns its path. `kubectl` is the administrator's. */
export async function writeAccountKubeconfig(
  kubectl: Pick<Kubectl, "run">,
  adminKubeconfig: string,
  { namespace, name }: Account,
): Promise<string> {
  const { stdout: token, stderr } = await kubectl.run(["create", "token", name, "--namespace", namespace]);
  if (token === "") throw new Error(stderr);
  const config = load(readFileSync(adminKubeconfig, "utf8")) as Kubeconfig;
  const users = config.users.map((user) => ({ name: user.name, user: { token: token.trim() } }));
  const path = join(dirname(adminKubeconfig), `${name}.kubeconfig`);
  writeFileSync(path, dump({ ...config, users }));
  return path;
}
