// The Freight that the newest discovered artifacts make: kargo-behaviour.md, sections 1.9 and 7.5.
// The name is a contract: Kargo, and every Stage that promotes it, must compute the same one.
import { createHash } from "node:crypto";
import { KubeError } from "../errors.ts";
import type { KubeClient } from "../kube/client.ts";
import type { DiscoveredArtifacts } from "../resources/discovered-artifacts.ts";
import { FREIGHTS, type Freight, type FreightImage } from "../resources/freight.ts";
import { apiVersionOf } from "../resources/resource.ts";
import type { Warehouse } from "../resources/warehouse.ts";

export type FreightOutcome = { readonly kind: "created" | "exists"; readonly name: string };

/** Creates the Freight unless it is there; "already exists" is as good as created. */
export async function ensureFreight(client: KubeClient, freight: Freight): Promise<FreightOutcome> {
  const { name } = freight.metadata;
  try {
    await client.create<Freight>(FREIGHTS, freight);
    return { kind: "created", name };
  } catch (error) {
    if (error instanceof KubeError && error.reason === "AlreadyExists") return { kind: "exists", name };
    throw error;
  }
}

/** The newest of each subscription's artifacts; every result must have at least one. */
export function newestFreight(warehouse: Warehouse, artifacts: DiscoveredArtifacts): Freight {
  const { name: warehouseName, namespace = "" } = warehouse.metadata;
  const origin = { kind: "Warehouse", name: warehouseName } as const;
  const images = (artifacts.images ?? []).flatMap(({ repoURL, references = [], subscriptionName }): FreightImage[] => {
    const [newest] = references;
    if (!newest) return [];
    const { tag, digest, annotations } = newest;
    return [
      { repoURL, tag, digest, ...(annotations && { annotations }), ...(subscriptionName && { subscriptionName }) },
    ];
  });
  const name = freightName(origin, images);
  return { apiVersion: apiVersionOf(FREIGHTS), kind: FREIGHTS.kind, metadata: { name, namespace }, origin, images };
}

/** SHA-1 over the origin and the sorted parts; the repoURL of an image is taken verbatim. */
export function freightName(origin: Freight["origin"], images: readonly FreightImage[]): string {
  const parts = images.map(({ repoURL, tag, digest, subscriptionName }) => {
    const part = `${repoURL}:${tag}@${digest}`;
    return subscriptionName ? `${part}:${subscriptionName}` : part;
  });
  const sorted = parts.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return createHash("sha1")
    .update(`${origin.kind}/${origin.name}:${sorted.join("|")}`)
    .digest("hex");
}
