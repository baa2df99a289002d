// Every kind we know with its schema: what the CRDs, the embedded API's discovery, validation, OpenAPI document and
// tables are made of.
import { CLUSTER_CONFIGS, ClusterConfig } from "./cluster-config.ts";
import { EVENTS, Event, NAMESPACES, Namespace, SECRETS, Secret } from "./core.ts";
import { FREIGHTS, Freight } from "./freight.ts";
import { LEASES, Lease } from "./lease.ts";
import { PROJECTS, Project } from "./project.ts";
import { PROJECT_CONFIGS, ProjectConfig } from "./project-config.ts";
import type { Resource } from "./resource.ts";
import type { Schema, Typed } from "./schema.ts";
import { WAREHOUSES, Warehouse } from "./warehouse.ts";

/** A column that `kubectl get` prints; `jsonPath` in the subset that CRDs take. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: "date" | "string";
  readonly jsonPath: string;
}

export interface Kind {
  readonly resource: Resource;
  readonly schema: Schema;
  readonly shortNames: readonly string[];
  readonly hasStatus: boolean;
}

/** A kind that a CRD defines. */
export interface CustomKind extends Kind {
  readonly printerColumns: readonly PrinterColumn[];
}

const AGE: PrinterColumn = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };
const READY: readonly PrinterColumn[] = [
  { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: "Status", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].message' },
];

/** Kargo's: the five whose CRDs are in `deploy/crds`. */
export const KARGO_KINDS: readonly CustomKind[] = [
  kargoKind(PROJECTS, Project, READY),
  kargoKind(CLUSTER_CONFIGS, ClusterConfig, READY, ["clusterconfig", "clusterconfigs"]),
  kargoKind(PROJECT_CONFIGS, ProjectConfig, READY),
  kargoKind(WAREHOUSES, Warehouse, [{ name: "Shard", type: "string", jsonPath: ".spec.shard" }]),
  kargoKind(FREIGHTS, Freight, [
    { name: "Alias", type: "string", jsonPath: String.raw`.metadata.labels.kargo\.akuity\.io/alias` },
    { name: "Origin (Kind)", type: "string", jsonPath: ".origin.kind" },
    { name: "Origin (Name)", type: "string", jsonPath: ".origin.name" },
  ]),
];

/** Kubernetes' own. */
export const BUILT_IN_KINDS: readonly Kind[] = [
  { resource: NAMESPACES, schema: Namespace, shortNames: ["ns"], hasStatus: true },
  { resource: SECRETS, schema: Secret, shortNames: [], hasStatus: false },
  { resource: EVENTS, schema: Event, shortNames: ["ev"], hasStatus: false },
  { resource: LEASES, schema: Lease, shortNames: [], hasStatus: false },
];

/** The schema of a kind, `metadata` included; throws for a resource that is none of ours. */
export function schemaOf(resource: Resource): Schema {
  const kind = [...KARGO_KINDS, ...BUILT_IN_KINDS].find((one) => one.resource === resource);
  if (!kind) throw new RangeError(`no schema is known for ${resource.plural}`);
  return kind.schema;
}

function kargoKind(
  resource: Resource,
  schema: Typed<unknown>,
  printerColumns: readonly PrinterColumn[],
  shortNames: readonly string[] = [],
): CustomKind {
  return {
    resource,
    schema: schema,
    shortNames,
    hasStatus: true,
    printerColumns: [...printerColumns, AGE],
  };
}
