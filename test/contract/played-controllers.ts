// Plays what a bare API server lacks: the namespace controller and the garbage collector, as far as the facts need them.
import { type Json, type Server, send } from "./kube-apis.ts";

const KARGO = "/apis/kargo.akuity.io/v1alpha1";
const MERGE_PATCH = { "content-type": "application/merge-patch+json" };
const COLLECTIONS = (namespace: string) => [
  `/api/v1/namespaces/${namespace}/secrets`,
  `/api/v1/namespaces/${namespace}/events`,
  `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`,
  ...["warehouses", "freights", "projectconfigs"].map((plural) => `${KARGO}/namespaces/${namespace}/${plural}`),
];

/** One round over the namespaces of the contract. */
export async function playControllers(server: Server): Promise<void> {
  const { body } = await send(server, "GET /api/v1/namespaces");
  for (const { metadata } of items(body)) {
    const name = String(metadata?.["name"]);
    if (!name.startsWith("contract-")) continue;
    await collectGarbage(server, name);
    if (metadata?.["deletionTimestamp"]) await emptyNamespace(server, name);
  }
}

/** Deletes it and sees it through, on any server. */
export async function finishNamespace(server: Server, name: string): Promise<void> {
  await send(server, `DELETE /api/v1/namespaces/${name}`);
  if (!server.needsControllers) return;
  for (const path of COLLECTIONS(name)) {
    for (const { metadata } of items((await send(server, `GET ${path}`)).body)) {
      if (metadata?.["finalizers"]) await setMetadata(server, `${path}/${metadata["name"]}`, { finalizers: null });
    }
  }
  await emptyNamespace(server, name);
}

async function emptyNamespace(server: Server, name: string): Promise<void> {
  let left = 0;
  for (const path of COLLECTIONS(name)) {
    await send(server, `DELETE ${path}`);
    left += items((await send(server, `GET ${path}`)).body).length;
  }
  if (left > 0) return;
  const body = { apiVersion: "v1", kind: "Namespace", metadata: { name }, spec: { finalizers: [] } };
  await send(server, `PUT /api/v1/namespaces/${name}/finalize`, { body });
}

interface Found {
  readonly path: string;
  readonly metadata: Json;
}

async function collectGarbage(server: Server, namespace: string): Promise<void> {
  const found: Found[] = [];
  for (const path of COLLECTIONS(namespace)) {
    for (const { metadata } of items((await send(server, `GET ${path}`)).body)) {
      if (metadata) found.push({ path: `${path}/${metadata["name"]}`, metadata });
    }
  }
  const uids = found.map(({ metadata }) => String(metadata["uid"]));
  for (const one of found) {
    const owners = ownersOf(one.metadata);
    if (one.metadata["deletionTimestamp"]) await finishDeletion(server, one, found);
    else if (owners.length > 0 && !owners.some((uid) => uids.includes(uid))) await send(server, `DELETE ${one.path}`);
  }
}

async function finishDeletion(server: Server, { path, metadata }: Found, found: readonly Found[]): Promise<void> {
  const dependents = found.filter((one) => ownersOf(one.metadata).includes(String(metadata["uid"])));
  const finalizers = list(metadata["finalizers"]).map(String);
  for (const dependent of dependents) {
    if (finalizers.includes("orphan")) await setMetadata(server, dependent.path, { ownerReferences: null });
    if (finalizers.includes("foregroundDeletion")) await send(server, `DELETE ${dependent.path}`);
  }
  const kept = finalizers.filter((one) => one !== "orphan" && one !== "foregroundDeletion");
  if (kept.length < finalizers.length) await setMetadata(server, path, { finalizers: kept });
}

function ownersOf(metadata: Json): readonly string[] {
  return list(metadata["ownerReferences"]).map((owner) => String(owner["uid"]));
}

async function setMetadata(server: Server, path: string, metadata: object): Promise<void> {
  await send(server, `PATCH ${path}`, { body: { metadata }, headers: MERGE_PATCH });
}

function items(body: Json): readonly { readonly metadata?: Json }[] {
  return list(body["items"]);
}

function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
