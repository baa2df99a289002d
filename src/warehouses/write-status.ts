// The one status patch of a pass: what changed and nothing else, lists whole. It carries no resourceVersion, so it
// conflicts with nobody, but tests the uid: another Warehouse that has the name by now is left alone, and so is what
// only others write. An API server does not look at a uid in a merge patch of a status.
import { isDeepStrictEqual } from "node:util";
import { toKubeTime } from "../clock.ts";
import { KubeError } from "../errors.ts";
import type { JsonPatchOperation, KubeClient } from "../kube/client.ts";
import { isDeleted } from "../kube/deleted.ts";
import type { DiscoveredArtifacts } from "../resources/discovered-artifacts.ts";
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import { type PushesAnswer, pushName } from "../resources/pushes.ts";
import { WAREHOUSES, type Warehouse, type WarehouseStatus } from "../resources/warehouse.ts";
import type { Schedule } from "./due.ts";
import { readOpenPushes } from "./open-pushes.ts";
import { type Conclusion, conditionsAfter } from "./status.ts";

interface StatusSubject {
  readonly warehouse: Warehouse;
  readonly client: KubeClient;
  readonly schedule: Schedule;
}

export interface PassOutcome {
  readonly conclusion: Conclusion;
  /** What the pushes are answered; their condition stays as it is without it. */
  readonly pushes?: PushesAnswer | undefined;
  /** Stay as they are when undefined. */
  readonly artifacts?: DiscoveredArtifacts | undefined;
  /** Whether the refresh and the spec are done with. */
  readonly isComplete: boolean;
}

/** The Warehouse afterwards; undefined when it is gone, whatever has its name by now. No patch when nothing changed. */
export async function writeStatus(subject: StatusSubject, outcome: PassOutcome): Promise<Warehouse | undefined> {
  const { client, warehouse } = subject;
  // Where none is known, one that came since would be replaced.
  const known = warehouse.status ? subject : await asItStands(subject);
  if (!known) return undefined;
  try {
    return await patchStatus(known, statusAfter(known, outcome));
  } catch (error) {
    if (await isDeleted(error, { client, resource: WAREHOUSES, key: warehouse.metadata })) return undefined;
    if (!isInvalid(error)) throw error;
    // A failed test, a field that is gone already and a status that the API does not take look the same.
    const standing = await asItStands(known);
    if (!standing) return undefined;
    if (!isDeepStrictEqual(standing.warehouse.status, known.warehouse.status)) return writeStatus(standing, outcome);
    await patchStatus(known, statusRefused(known, error));
    throw error;
  }
}

/** With the status that the server has, and what the pass began with otherwise; undefined when it is gone. */
async function asItStands(subject: StatusSubject): Promise<StatusSubject | undefined> {
  const { client, warehouse } = subject;
  const standing = await client.get<Warehouse>(WAREHOUSES, warehouse.metadata);
  if (standing?.metadata.uid !== warehouse.metadata.uid) return undefined;
  const { status, ...rest } = warehouse;
  return { ...subject, warehouse: standing?.status ? { ...rest, status: standing.status } : rest };
}

function isInvalid(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 422;
}

/** The fields that a pass decides; undefined removes one. */
type StatusFields = { readonly [K in keyof WarehouseStatus]?: WarehouseStatus[K] | undefined };

function statusAfter(
  { warehouse, schedule }: StatusSubject,
  { conclusion, pushes, artifacts, isComplete }: PassOutcome,
): StatusFields {
  const now = toKubeTime(schedule.clock.now());
  const token = warehouse.metadata.annotations?.[REFRESH_ANNOTATION];
  const freight = conclusion.kind === "ready" ? conclusion.freight : undefined;
  const hasArtifacts = artifacts && (Object.keys(artifacts).length > 0 || warehouse.status?.discoveredArtifacts);
  return {
    conditions: conditionsAfter(warehouse, { conclusion, pushes, now }),
    ...(hasArtifacts && { discoveredArtifacts: artifacts }),
    ...(freight && { lastFreightID: freight.freight.metadata.name }),
    ...(isComplete && { observedGeneration: warehouse.metadata.generation ?? 0 }),
    // A refresh with an empty value is handled by having none.
    ...(isComplete && token !== undefined && { lastHandledRefresh: token || undefined }),
  };
}

/** The API does not take what was discovered: said without it. */
function statusRefused({ warehouse, schedule }: StatusSubject, error: KubeError): StatusFields {
  const { read, entries } = readOpenPushes(warehouse);
  const failed = [...new Set(entries.map(pushName))];
  const pushes =
    read.size > 0 ? { read, failed, unusable: [], notVisible: [], notWanted: [], unchanged: [] } : undefined;
  const message = `the API server refused what was discovered: ${error.message}`;
  const now = toKubeTime(schedule.clock.now());
  return {
    conditions: conditionsAfter(warehouse, { conclusion: { kind: "discovery-failed", message, error }, pushes, now }),
  };
}

async function patchStatus({ warehouse, client }: StatusSubject, fields: StatusFields): Promise<Warehouse> {
  const { namespace, name, uid } = warehouse.metadata;
  const before: StatusFields = warehouse.status ?? {};
  const changed = Object.entries(fields).filter(
    ([key, value]) => !isDeepStrictEqual(before[key as keyof StatusFields], value),
  );
  if (changed.length === 0) return warehouse;
  const patch: JsonPatchOperation[] = [{ op: "test", path: "/metadata/uid", value: uid }];
  if (!warehouse.status) patch.push({ op: "add", path: "/status", value: {} });
  for (const [key, value] of changed) {
    const path = `/status/${key}`;
    patch.push(value === undefined ? { op: "remove", path } : { op: "add", path, value });
  }
  return client.jsonPatch<Warehouse>(WAREHOUSES, { namespace, name }, patch, { subresource: "status" });
}
