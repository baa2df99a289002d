// The kinds the embedded API serves: fixed, with what discovery and `kubectl get` say of them.
import { EVENTS, NAMESPACES, SECRETS } from "../resources/core.ts";
import { BUILT_IN_KINDS, type CustomKind, KARGO_KINDS, type Kind } from "../resources/kinds.ts";
import { LEASES } from "../resources/lease.ts";
import type { Resource } from "../resources/resource.ts";
import {
  type Column,
  CRD_COLUMNS,
  customColumns,
  EVENT_COLUMNS,
  LEASE_COLUMNS,
  NAMESPACE_COLUMNS,
  SECRET_COLUMNS,
  SERVICE_COLUMNS,
} from "./columns.ts";

export interface ServedKind extends Kind {
  readonly categories: readonly string[];
  /** In the order a real API server lists them. */
  readonly verbs: readonly string[];
  /** Of `kubectl get`, Name and Age included. */
  readonly columns: readonly Column[];
  /** Why a write that `verbs` does not name is refused, where there is more to say than that it is. */
  readonly refusal?: string;
  /** Custom kinds count generations and demand a resourceVersion on PUT; built-in kinds do not. */
  readonly isCustom: boolean;
}

const BUILT_IN_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const CUSTOM_VERBS = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

const BUILT_IN_COLUMNS: ReadonlyMap<Resource, readonly Column[]> = new Map([
  [EVENTS, EVENT_COLUMNS],
  [NAMESPACES, NAMESPACE_COLUMNS],
  [SECRETS, SECRET_COLUMNS],
  [LEASES, LEASE_COLUMNS],
]);

const READ_ONLY = { verbs: ["get", "list", "watch"], categories: [], hasStatus: false, isCustom: false };

/** There are none, but kubectl's `cluster-info` and `get all` ask for the list. */
const SERVICES: ServedKind = {
  ...READ_ONLY,
  resource: { group: "", version: "v1", plural: "services", kind: "Service", isNamespaced: true },
  schema: { type: "object", description: "Not used here: this list is always empty." },
  shortNames: ["svc"],
  categories: ["all"],
  columns: SERVICE_COLUMNS,
};

export const CUSTOM_RESOURCE_DEFINITIONS: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  isNamespaced: false,
};

/** Those of the custom kinds, so that whoever waits for them or reads their schemas finds them. */
const DEFINITIONS: ServedKind = {
  ...READ_ONLY,
  resource: CUSTOM_RESOURCE_DEFINITIONS,
  schema: {
    type: "object",
    description: "Defines a custom kind. Those that are served are there from the start; there can be no others.",
    "x-kubernetes-preserve-unknown-fields": true,
  },
  shortNames: ["crd", "crds"],
  categories: ["api-extensions"],
  columns: CRD_COLUMNS,
  refusal:
    "Dockbell's embedded API serves Kargo's kinds from the start and takes no other CustomResourceDefinitions: leave them out, or use a Kubernetes cluster",
};

export const SERVED_KINDS: readonly ServedKind[] = [
  ...BUILT_IN_KINDS.map(builtIn),
  SERVICES,
  DEFINITIONS,
  ...KARGO_KINDS.map(custom),
];

function builtIn(kind: Kind): ServedKind {
  const { resource } = kind;
  const verbs = BUILT_IN_VERBS.filter((verb) => resource !== NAMESPACES || verb !== "deletecollection");
  return { ...kind, categories: [], verbs, columns: BUILT_IN_COLUMNS.get(resource) ?? [], isCustom: false };
}

function custom({ printerColumns, ...kind }: CustomKind): ServedKind {
  return { ...kind, categories: [], verbs: CUSTOM_VERBS, columns: customColumns(printerColumns), isCustom: true };
}
