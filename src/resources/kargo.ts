// Kargo's API group and the keys it defines: docs/compatibility.md, section 1.2. Users and other controllers
// depend on them.
import type { Resource } from "./resource.ts";

const GROUP = "kargo.akuity.io";
const VERSION = "v1alpha1";

export function kargoResource(kind: string, plural: string, isNamespaced: boolean): Resource {
  return { group: GROUP, version: VERSION, plural, kind, isNamespaced };
}

/** Annotation: opaque refresh token on a Warehouse, ProjectConfig or ClusterConfig; section 6. */
export const REFRESH_ANNOTATION = "kargo.akuity.io/refresh";
/** Label: mirror of a Freight's alias. */
export const ALIAS_LABEL = "kargo.akuity.io/alias";
/** Label: `true` on the namespace of a Project. */
/** `true` on a Project or its namespace: the namespace outlives the Project. */
export const KEEP_NAMESPACE_ANNOTATION = "kargo.akuity.io/keep-namespace";
/** Kargo's; never set here. */
export const KARGO_FINALIZER = "kargo.akuity.io/finalizer";
export const PROJECT_LABEL = "kargo.akuity.io/project";
/** Label: the shard whose controller discovers a Warehouse. */
export const SHARD_LABEL = "kargo.akuity.io/shard";
/** Label: which repositories a Secret is a credential for: `image`, `helm`, `git`. */
export const CREDENTIAL_TYPE_LABEL = "kargo.akuity.io/cred-type";
