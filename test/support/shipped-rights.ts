// The service account of deploy/kustomize with the rights that are shipped, some of which a test takes away and gives back.
import { join } from "node:path";
import type { KubeObject } from "../../src/resources/kube-object.ts";
import { type Account, writeAccountKubeconfig } from "./kubeconfig.ts";
import type { Kubectl } from "./kubectl.ts";
import { ROOT } from "./pages.ts";

export interface ShippedRights {
  /** Of the account. */
  readonly kubeconfig: string;
  /** From now on it has all of them but these verbs on the resource, in every namespace. */
  withhold(resource: string, ...verbs: readonly string[]): Promise<void>;
  /** All of them, as they are shipped. */
  restore(): Promise<void>;
}

interface Role extends KubeObject {
  readonly rules: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[];
}

const KUSTOMIZATION = join(ROOT, "deploy", "kustomize");
const ACCOUNT: Account = { namespace: "dockbell", name: "dockbell" };
const ROLES = ["clusterroles,roles", "--selector", "app.kubernetes.io/instance=dockbell"];

/** On a cluster that has no namespace `dockbell` yet. */
export async function installShippedRights(kubectl: Kubectl, adminKubeconfig: string): Promise<ShippedRights> {
  const run = async (args: readonly string[], input = "") => {
    const { code, stdout, stderr } = await kubectl.run(args, { input });
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  await run(["create", "namespace", ACCOUNT.namespace]);
  await run(["apply", "--kustomize", KUSTOMIZATION]);
  const shown = await run(["get", ...ROLES, "--namespace", ACCOUNT.namespace, "--output", "json"]);
  const { items } = JSON.parse(shown) as { readonly items: readonly Role[] };
  const shipped = items.map(withoutVersion);
  const replace = async (roles: readonly Role[]) =>
    void (await run(["replace", "--filename", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: roles })));
  return {
    kubeconfig: await writeAccountKubeconfig(kubectl, adminKubeconfig, ACCOUNT),
    withhold: (resource, ...verbs) => replace(shipped.map((role) => withoutRight(role, resource, verbs))),
    restore: () => replace(shipped),
  };
}

/** So that it may be written over what was written since. */
function withoutVersion({ metadata, ...role }: Role): Role {
  const { resourceVersion: _, ...rest } = metadata;
  return { ...role, metadata: rest };
}

function withoutRight(role: Role, resource: string, verbs: readonly string[]): Role {
  const rules = role.rules.map((rule) => {
    const left = rule.verbs.filter((verb) => !verbs.includes(verb));
    return rule.resources.includes(resource) ? { ...rule, verbs: left } : rule;
  });
  return { ...role, rules: rules.filter((rule) => rule.verbs.length > 0) };
}
