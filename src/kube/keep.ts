// What of an object is worth its memory in an informer's copy.
import type { KubeObject } from "../resources/kube-object.ts";

/** Where `kubectl apply` keeps the whole manifest once more. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Managed fields are often the larger half of an object, and nothing here reads them. */
export function withoutManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Of a Secret, the applied manifest is its values a second time. */
export function withoutManifest<T extends KubeObject>(object: T): T {
  const kept = withoutManagedFields(object);
  const { [LAST_APPLIED]: _, ...annotations } = kept.metadata.annotations ?? {};
  return { ...kept, metadata: { ...kept.metadata, annotations } };
}

/** For whom it is enough to know that an object changed. */
export function metadataOnly(object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata } = withoutManifest(object);
  return { apiVersion, kind, metadata };
}
