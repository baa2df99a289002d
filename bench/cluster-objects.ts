// What the cluster benches put into the cluster: a Project's receiver, and Warehouses subscribed to repositories of
// their own or to one. No controller runs there, so that the receiver's status is written here.
import { dockerHubPayload } from "../src/cli/payload.ts";
import { NAMESPACES, SECRETS, type Secret } from "../src/resources/core.ts";
import { PROJECT_LABEL } from "../src/resources/kargo.ts";
import type { KubeObject } from "../src/resources/kube-object.ts";
import { PROJECT_CONFIGS } from "../src/resources/project-config.ts";
import { receiverURL } from "../src/resources/receiver-url.ts";
import { apiVersionOf, type Resource } from "../src/resources/resource.ts";
import { WAREHOUSES } from "../src/resources/warehouse.ts";
import type { ClusterApi, Place } from "./cluster-api.ts";

const NAMESPACE = "bench";
const SECRET = "bench-receiver-secret";
export const RECEIVER = { project: NAMESPACE, name: "hub", sender: "dockerhub", secret: Buffer.from(SECRET) };
const IN_FLIGHT = 16;

export async function createReceiver(api: ClusterApi): Promise<void> {
  await create(api, NAMESPACES, { metadata: { name: NAMESPACE, labels: { [PROJECT_LABEL]: "true" } } });
  const data = { secret: RECEIVER.secret.toString("base64") };
  await create(api, SECRETS, { metadata: { namespace: NAMESPACE, name: "hub" }, data } as Partial<Secret>);
  const metadata = { namespace: NAMESPACE, name: NAMESPACE };
  const webhookReceivers = [{ name: RECEIVER.name, dockerhub: { secretRef: { name: "hub" } } }];
  await create(api, PROJECT_CONFIGS, { metadata, spec: { webhookReceivers } });
  const published = [{ name: RECEIVER.name, ...receiverURL("http://127.0.0.1", RECEIVER) }];
  await api.client.mergePatch(
    PROJECT_CONFIGS,
    metadata,
    { status: { webhookReceivers: published } },
    { subresource: "status" },
  );
}

/** Warehouses `<prefix>-0`, `<prefix>-1`, …; each subscribed to the repository of its name, or all to `repository`. */
export async function createWarehouses(
  api: ClusterApi,
  { prefix, count, repository }: { prefix: string; count: number; repository?: string },
): Promise<readonly Place[]> {
  const places = Array.from({ length: count }, (_, number) => ({ namespace: NAMESPACE, name: `${prefix}-${number}` }));
  const left = places.values();
  const loop = async () => {
    for (const place of left) {
      const subscriptions = [{ image: { repoURL: repository ?? `bench/${place.name}`, constraint: "^1.0.0" } }];
      await create(api, WAREHOUSES, { metadata: place, spec: { interval: "1h", subscriptions } });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, loop));
  return places;
}

export async function deleteWarehouses({ bare }: ClusterApi): Promise<void> {
  await bare.ask("DELETE", `/apis/${apiVersionOf(WAREHOUSES)}/namespaces/${NAMESPACE}/${WAREHOUSES.plural}`);
}

export function webhook(repository: string, tag = "1.0.0"): string {
  const mediaType = "application/vnd.oci.image.index.v1+json";
  return dockerHubPayload({ repository, tag, mediaType, pushedAt: 0 });
}

async function create({ client }: ClusterApi, resource: Resource, object: object): Promise<void> {
  const identity = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  await client.create(resource, { ...identity, ...object } as KubeObject);
}
