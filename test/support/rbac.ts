// Rights: objects of RBAC, as manifests have them, and what a page says.
import type { Account } from "./kubeconfig.ts";
import { firstCellsOf } from "./pages.ts";

const RBAC = "rbac.authorization.k8s.io";

export function rule(apiGroup: string, resources: readonly string[], verbs: readonly string[]): object {
  return { apiGroups: [apiGroup], resources, verbs };
}

export function clusterRole(name: string, rules: readonly object[]): object {
  return { apiVersion: `${RBAC}/v1`, kind: "ClusterRole", metadata: { name }, rules };
}

/** Gives the account what the ClusterRole of the same name says: in one namespace, or in all. */
export function binding(name: string, account: Account, namespace?: string): object {
  const kind = namespace === undefined ? "ClusterRoleBinding" : "RoleBinding";
  const roleRef = { apiGroup: RBAC, kind: "ClusterRole", name };
  const subjects = [{ kind: "ServiceAccount", ...account }];
  return { apiVersion: `${RBAC}/v1`, kind, metadata: { name, namespace }, roleRef, subjects };
}

export interface Rights {
  readonly verbs: readonly string[];
  readonly resources: readonly string[];
}

/** Of the table in docs/beside-kargo.md, row by row. */
export function rightsBesideKargo(): readonly Rights[] {
  return firstCellsOf("docs/beside-kargo.md", "What it may do").map((cell) => {
    const [verbs = [], resources = []] = cell.split(" on ").map((part) => part.match(/(?<=`)[a-z]+(?=`)/g) ?? []);
    return { verbs, resources };
  });
}
