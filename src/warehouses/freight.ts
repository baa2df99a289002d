// The Freight that the newest discovered artifacts make: docs/compatibility.md, sections 1.9 and 7.5.
import { KubeError } from "../errors.ts";
import type { KubeClient } from "../kube/client.ts";
import type { DiscoveredArtifacts } from "../resources/discovered-artifacts.ts";
import { FREIGHTS, type Freight, type FreightChart, type FreightImage } from "../resources/freight.ts";
import { freightID } from "../resources/freight-id.ts";
import { apiVersionOf } from "../resources/resource.ts";
import type { Warehouse } from "../resources/warehouse.ts";

/** `freight` is as the API returned it when it was created, else as it was asked for. */
export type FreightOutcome = { readonly kind: "created" | "exists"; readonly freight: Freight };

/** Creates the Freight unless it is there; "already exists" is as good as created. */
export async function ensureFreight(client: KubeClient, freight: Freight): Promise<FreightOutcome> {
  try {
    return { kind: "created", freight: await client.create<Freight>(FREIGHTS, freight) };
  } catch (error) {
    if (error instanceof KubeError && error.reason === "AlreadyExists") return { kind: "exists", freight };
    throw error;
  }
}

/** The newest of each subscription's artifacts; every result must have at least one. */
export function newestFreight(warehouse: Warehouse, artifacts: DiscoveredArtifacts): Freight {
  const { name: warehouseName, namespace = "" } = warehouse.metadata;
  const origin = { kind: "Warehouse", name: warehouseName } as const;
  const images = (artifacts.images ?? []).flatMap(({ repoURL, references = [], subscriptionName }) =>
    references.slice(0, 1).map(
      ({ tag, digest, annotations }): FreightImage => ({
        repoURL,
        tag,
        digest,
        ...(annotations && { annotations }),
        ...(subscriptionName && { subscriptionName }),
      }),
    ),
  );
  const charts = (artifacts.charts ?? []).flatMap(({ repoURL, name, versions = [], subscriptionName }) =>
    versions.slice(0, 1).map(
      (version): FreightChart => ({
        repoURL,
        ...(name && { name }),
        version,
        ...(subscriptionName && { subscriptionName }),
      }),
    ),
  );
  const name = freightID({ origin, images, charts });
  return {
    apiVersion: apiVersionOf(FREIGHTS),
    kind: FREIGHTS.kind,
    metadata: { name, namespace },
    origin,
    ...(images.length > 0 && { images }),
    ...(charts.length > 0 && { charts }),
  };
}
