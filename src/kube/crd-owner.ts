// Whose the CRDs are that define Kargo's kinds: a cluster may have them of Dockbell or of Kargo.
import { KubeError } from "../errors.ts";
import { CUSTOM_RESOURCE_DEFINITIONS, crdNameOf, isOurCrd } from "../resources/custom-resource-definition.ts";
import { KARGO_KINDS } from "../resources/kinds.ts";
import type { KubeClient } from "./client.ts";

export type CrdOwner =
  | { readonly kind: "ours" }
  /** The names of those that are not ours. */
  | { readonly kind: "others"; readonly names: readonly string[] }
  | { readonly kind: "missing"; readonly names: readonly string[] }
  /** We may not read them. */
  | { readonly kind: "unreadable" };

/** Rejects when the API gives no answer. */
export async function findCrdOwner(client: KubeClient): Promise<CrdOwner> {
  const names = KARGO_KINDS.map(({ resource }) => crdNameOf(resource));
  try {
    const crds = await Promise.all(names.map((name) => client.get(CUSTOM_RESOURCE_DEFINITIONS, { name })));
    const others = crds.flatMap((crd) => (crd && !isOurCrd(crd) ? [crd.metadata.name] : []));
    const missing = names.filter((_, place) => !crds[place]);
    if (others.length > 0) return { kind: "others", names: others };
    return missing.length > 0 ? { kind: "missing", names: missing } : { kind: "ours" };
  } catch (error) {
    if (error instanceof KubeError && error.status === 403) return { kind: "unreadable" };
    throw error;
  }
}
