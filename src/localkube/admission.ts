// Admits what is to be written: the schema's judgement, the defaults, and the rules of Kargo's webhooks, all of them pure
// functions of `src/resources`. Here their surroundings are gathered and their answers become refusals.
import { CLUSTER_CONFIGS, type ClusterConfig } from "../resources/cluster-config.ts";
import { clusterConfigViolations, configNameViolations, projectConfigViolations } from "../resources/config-rules.ts";
import { EVENTS, type Event, NAMESPACES, SECRETS, type Secret } from "../resources/core.ts";
import { FREIGHTS } from "../resources/freight.ts";
import { dnsLabelFaults, dnsSubdomainFaults } from "../resources/names.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../resources/project-config.ts";
import { projectConfigRefusal } from "../resources/project-rules.ts";
import { specViolations, statusViolations } from "../resources/schema-violations.ts";
import { secretViolations, withSecretDefaults } from "../resources/secret-rules.ts";
import { invalidValue, requiredValue, type Violation } from "../resources/violation.ts";
import { WAREHOUSES, type Warehouse } from "../resources/warehouse.ts";
import { warehouseViolations, withWarehouseDefaults } from "../resources/warehouse-rules.ts";
import type { WriteContext } from "./call.ts";
import { eventViolations, withEventDefaults } from "./event-rules.ts";
import { checkFreightChange, freightViolations, withFreightDefaultsOf } from "./freight-admission.ts";
import { metadataViolations } from "./metadata-rules.ts";
import { namespaceOf, placeViolations } from "./project-namespace.ts";
import { detailsOf, invalid, qualified, StatusError } from "./statuses.ts";
import type { StoredObject } from "./store.ts";

/**
 * The object as it is to be stored; `before` is what it replaces. Throws `StatusError` when it is refused: first for
 * what does not fit the schema, then by the rules.
 */
export function admit(context: WriteContext, draft: StoredObject, before?: StoredObject): StoredObject {
  const { kind } = context;
  const structural = kind.isCustom ? specViolations(kind.schema, draft) : [];
  const object = structural.length === 0 ? withDefaults(context, draft, before) : draft;
  refuse(context, object, [...nameViolations(context, object), ...metadataViolations(kind, object), ...structural]);
  refuse(context, object, ruleViolations(context, object, before));
  return object;
}

/** A status fits its schema; nothing else is asked of it. */
export function admitStatus(context: WriteContext, draft: StoredObject): StoredObject {
  const { kind } = context;
  if (kind.isCustom) refuse(context, draft, statusViolations(kind.schema, draft));
  return draft;
}

function refuse({ kind: { resource } }: WriteContext, { metadata }: StoredObject, found: readonly Violation[]) {
  if (found.length === 0) return;
  throw invalid(resource, metadata.name ?? "", found);
}

/** Stored objects and typed ones are the same values: the schema was checked before. */
function as<T>(object: StoredObject): T {
  return object as unknown as T;
}

function withDefaults(context: WriteContext, draft: StoredObject, before: StoredObject | undefined): StoredObject {
  switch (context.kind.resource) {
    case WAREHOUSES:
      return as(withWarehouseDefaults(as<Warehouse & StoredObject>(draft)));
    case SECRETS:
      return as(withSecretDefaults(as<Secret & StoredObject>(draft)));
    case FREIGHTS:
      return withFreightDefaultsOf(context, draft, before);
    case EVENTS:
      return as(withEventDefaults(as<Event & StoredObject>(draft)));
    default:
      return draft;
  }
}

function nameViolations({ kind: { resource } }: WriteContext, { metadata: { name } }: StoredObject) {
  if (!name) return [requiredValue("metadata.name", "name or generateName is required")];
  const faults = resource === NAMESPACES ? dnsLabelFaults(name) : dnsSubdomainFaults(name);
  return faults.map((fault) => invalidValue("metadata.name", name, fault));
}

function ruleViolations(
  context: WriteContext,
  object: StoredObject,
  before: StoredObject | undefined,
): readonly Violation[] {
  switch (context.kind.resource) {
    case WAREHOUSES:
      return [...(before ? [] : placeViolations(context, object)), ...warehouseViolations(as<Warehouse>(object))];
    case PROJECT_CONFIGS:
      return projectConfigFaults(context, object, before);
    case CLUSTER_CONFIGS: {
      const config = as<ClusterConfig>(object);
      return [...(before ? [] : configNameViolations(config)), ...clusterConfigViolations(config)];
    }
    case FREIGHTS:
      if (before) checkFreightChange(context, object);
      return freightViolations(context, object, before);
    case SECRETS:
      return secretViolations(as<Secret>(object), before && as<Secret>(before));
    case EVENTS:
      return eventViolations(as<Event>(object));
    default:
      return [];
  }
}

function projectConfigFaults(context: WriteContext, object: StoredObject, before: StoredObject | undefined) {
  const config = as<ProjectConfig>(object);
  const violations = [...(before ? [] : configNameViolations(config)), ...projectConfigViolations(config)];
  if (before || context.isDryRun || violations.length > 0) return violations;
  const refusal = projectConfigRefusal(namespaceOf(context, object));
  if (refusal === undefined) return [];
  const { resource } = context.kind;
  const { name } = object.metadata;
  throw new StatusError(
    403,
    "Forbidden",
    `${qualified(resource)} "${name}" is forbidden: ${refusal}`,
    detailsOf(resource, name),
  );
}
