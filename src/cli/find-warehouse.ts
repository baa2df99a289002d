// The Warehouse that a command's argument names.
import type { Clock } from "../clock.ts";
import { InputError, KubeError } from "../errors.ts";
import type { KubeClient } from "../kube/client.ts";
import type { ObjectKey } from "../kube/paths.ts";
import { WAREHOUSES, type Warehouse } from "../resources/warehouse.ts";
import { findNamespace, namespaceOf } from "./find-namespace.ts";
import { listWarehouses, warehouseId } from "./warehouses.ts";

export interface NamedWarehouse {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** `name` or `namespace/name`. */
  readonly name: string;
  /** Where to look; everywhere when undefined. */
  readonly namespace: string | undefined;
}

const MAX_IDS = 20;

/**
 * One that is named in full is asked for by itself: whoever may read no other still finds it. Throws `InputError` that
 * lists those that are there when the name does not tell one.
 */
export async function findWarehouse(options: NamedWarehouse, signal?: AbortSignal): Promise<ObjectKey> {
  const { client, name: wanted, namespace } = options;
  const within = namespaceOf(wanted, namespace);
  if (within === undefined) return findByName(client, wanted, signal);
  const key = { namespace: within, name: wanted.slice(wanted.indexOf("/") + 1) };
  if (await client.get(WAREHOUSES, key, { signal })) return key;
  throw await missingIn(options, key, signal);
}

/** As commands take it. */
export function idOf({ namespace, name }: ObjectKey): string {
  return `${namespace}/${name}`;
}

async function findByName(client: KubeClient, wanted: string, signal: AbortSignal | undefined): Promise<ObjectKey> {
  const all = await listWarehouses(client, undefined, signal);
  const [only, ...others] = all.filter(({ metadata }) => metadata.name === wanted);
  if (!only) throw new InputError(`there is no Warehouse ${wanted}; there are: ${idsText(all)}`);
  if (others.length === 0) return { namespace: only.metadata.namespace ?? "", name: wanted };
  const named = [only, ...others];
  throw new InputError(`${named.length} Warehouses are named ${wanted}: choose one of ${idsText(named)}`);
}

/** What to say where it is not there. */
async function missingIn({ client, clock }: NamedWarehouse, key: ObjectKey, signal: AbortSignal | undefined) {
  const { namespace } = key;
  const missing = `there is no Warehouse ${idOf(key)}`;
  const there = await listWarehouses(client, namespace, signal).catch(noneIfForbidden);
  if (!there) return new InputError(missing);
  if (there.length === 0) await findNamespace({ client, namespace }, clock);
  return new InputError(`${missing}; in that namespace there are: ${idsText(there)}`);
}

function noneIfForbidden(error: unknown): undefined {
  if (!(error instanceof KubeError && error.status === 403)) throw error;
}

function idsText(warehouses: readonly Warehouse[]): string {
  const shown = warehouses.slice(0, MAX_IDS).map(warehouseId);
  const rest = warehouses.length - shown.length;
  return rest > 0 ? `${shown.join(", ")} and ${rest} more` : shown.join(", ") || "none";
}
