// Objects of RBAC, as manifests have them.
import type { Account } from "./kubeconfig.ts";

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
