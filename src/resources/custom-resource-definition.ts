// CustomResourceDefinitions as far as we read them: whose they are. Kargo's define the same kinds as ours.
import type { KubeObject } from "./kube-object.ts";
import type { Resource } from "./resource.ts";

export const CUSTOM_RESOURCE_DEFINITIONS: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  isNamespaced: false,
};

/** On ours, and on nobody else's. */
export const OUR_LABELS = { "app.kubernetes.io/part-of": "dockbell" };

export function crdNameOf({ plural, group }: Resource): string {
  return `${plural}.${group}`;
}

export function isOurCrd({ metadata }: KubeObject): boolean {
  return Object.entries(OUR_LABELS).every(([key, value]) => metadata.labels?.[key] === value);
}
