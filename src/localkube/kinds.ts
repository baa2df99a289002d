// The kinds the embedded API serves: fixed, with their short names and the columns of `kubectl get`.
import { CLUSTER_CONFIGS } from "../resources/cluster-config.ts";
import { NAMESPACES, SECRETS } from "../resources/core.ts";
import { FREIGHTS } from "../resources/freight.ts";
import { PROJECTS } from "../resources/project.ts";
import { PROJECT_CONFIGS } from "../resources/project-config.ts";
import type { Resource } from "../resources/resource.ts";
import { WAREHOUSES } from "../resources/warehouse.ts";
import type { StoredObject } from "./store.ts";

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly cell: (object: StoredObject) => unknown;
}

export interface ServedKind {
  readonly resource: Resource;
  readonly shortNames: readonly string[];
  readonly hasStatus: boolean;
  /** Between Name and Age. */
  readonly columns: readonly Column[];
  /** Custom kinds count generations and demand a resourceVersion on PUT; built-in kinds do not. */
  readonly isCustom: boolean;
}

const READY: readonly Column[] = [
  { name: "Ready", type: "string", cell: (object) => readyCondition(object)?.["status"] ?? null },
  { name: "Status", type: "string", cell: (object) => readyCondition(object)?.["message"] ?? null },
];

export const SERVED_KINDS: readonly ServedKind[] = [
  builtIn(
    NAMESPACES,
    ["ns"],
    [{ name: "Status", type: "string", cell: ({ status }) => status?.["phase"] ?? "Active" }],
  ),
  builtIn(
    SECRETS,
    [],
    [
      { name: "Type", type: "string", cell: (object) => object["type"] },
      {
        name: "Data",
        type: "string",
        cell: (object) => Object.keys((object["data"] as object | undefined) ?? {}).length,
      },
    ],
  ),
  custom(PROJECTS, READY),
  custom(CLUSTER_CONFIGS, READY, ["clusterconfig", "clusterconfigs"]),
  custom(PROJECT_CONFIGS, READY),
  custom(WAREHOUSES, [{ name: "Shard", type: "string", cell: ({ spec }) => spec?.["shard"] ?? null }]),
  custom(FREIGHTS, [
    { name: "Alias", type: "string", cell: ({ metadata }) => metadata.labels?.["kargo.akuity.io/alias"] ?? null },
    { name: "Origin (Kind)", type: "string", cell: (object) => originOf(object)?.["kind"] ?? null },
    { name: "Origin (Name)", type: "string", cell: (object) => originOf(object)?.["name"] ?? null },
  ]),
];

function builtIn(resource: Resource, shortNames: readonly string[], columns: readonly Column[]): ServedKind {
  return { resource, shortNames, columns, isCustom: false, hasStatus: resource === NAMESPACES };
}

function custom(resource: Resource, columns: readonly Column[], shortNames: readonly string[] = []): ServedKind {
  return { resource, shortNames, columns, isCustom: true, hasStatus: true };
}

type Fields = Readonly<Record<string, unknown>>;

function readyCondition({ status }: StoredObject): Fields | undefined {
  return (status?.["conditions"] as readonly Fields[] | undefined)?.find(({ type }) => type === "Ready");
}

function originOf(object: StoredObject): Fields | undefined {
  return object["origin"] as Fields | undefined;
}
