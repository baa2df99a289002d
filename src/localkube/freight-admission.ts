// Admits Freight: what its rules must know of the Warehouse it is from and of the aliases that are taken.
import { toKubeTime } from "../clock.ts";
import { FREIGHTS, type Freight } from "../resources/freight.ts";
import { drawAlias } from "../resources/freight-alias.ts";
import {
  freightChange,
  newFreightViolations,
  withFreightDefaults,
  withNewFreightDefaults,
} from "../resources/freight-rules.ts";
import { ALIAS_LABEL } from "../resources/kargo.ts";
import type { Violation } from "../resources/violation.ts";
import { WAREHOUSES, type Warehouse } from "../resources/warehouse.ts";
import { storeKey, type WriteContext } from "./call.ts";
import { placeViolations } from "./project-namespace.ts";
import { detailsOf, qualified, StatusError } from "./statuses.ts";
import type { StoredObject } from "./store.ts";

export function withFreightDefaultsOf(
  context: WriteContext,
  draft: StoredObject,
  before: StoredObject | undefined,
): StoredObject {
  const freight = freightOf(draft);
  if (before) return stored(withFreightDefaults(freight));
  const { random, clock } = context;
  const now = toKubeTime(clock.now());
  const taken = new Set(aliased(context, undefined).map(({ metadata }) => metadata.labels?.[ALIAS_LABEL]));
  return stored(
    withNewFreightDefaults(freight, { now, drawAlias: () => drawAlias(random, (alias) => taken.has(alias)) }),
  );
}

export function freightViolations(
  context: WriteContext,
  object: StoredObject,
  before: StoredObject | undefined,
): readonly Violation[] {
  const freight = freightOf(object);
  if (before) {
    const change = freightChange(freightOf(before), freight);
    return change ? [change] : [];
  }
  const { namespace } = object.metadata;
  const origin = context.transaction.get(WAREHOUSES, storeKey(namespace, freight.origin.name));
  const warehouse = origin as unknown as Warehouse | undefined;
  const isAliasTaken = others(context, object).length > 0;
  return [...placeViolations(context, object), ...newFreightViolations(freight, { warehouse, isAliasTaken })];
}

/** An alias that other Freight of the namespace has is a conflict, not a fault of the object. */
export function checkFreightChange(context: WriteContext, object: StoredObject): void {
  if (others(context, object).length === 0) return;
  const { resource } = context.kind;
  const { name, namespace } = object.metadata;
  const why = `alias "${freightOf(object).alias}" already used by another piece of Freight in namespace "${namespace}"`;
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`;
  throw new StatusError(409, "Conflict", message, detailsOf(resource, name));
}

function others(context: WriteContext, { metadata }: StoredObject): readonly StoredObject[] {
  const alias = metadata.labels?.[ALIAS_LABEL];
  if (!alias) return [];
  return aliased(context, metadata.namespace).filter(
    (one) => one.metadata.labels?.[ALIAS_LABEL] === alias && one.metadata.name !== metadata.name,
  );
}

function aliased({ transaction }: WriteContext, namespace: string | undefined): readonly StoredObject[] {
  return transaction.list(FREIGHTS, { namespace }).filter(({ metadata }) => metadata.labels?.[ALIAS_LABEL]);
}

function freightOf(object: StoredObject): Freight {
  return object as unknown as Freight;
}

function stored(freight: Freight): StoredObject {
  return freight as unknown as StoredObject;
}
