// Warehouse: what to watch, how often, and what was found. docs/compatibility.md, sections 1.7 and 1.8.
import { Conditions } from "./condition.ts";
import { DiscoveredArtifacts } from "./discovered-artifacts.ts";
import { kargoResource } from "./kargo.ts";
import { kindSchema, type ObjectOf } from "./kube-object.ts";
import { anything, array, int64, object, oneOf, optional, type Shape, string } from "./schema.ts";
import type { RawSubscription } from "./subscription.ts";

export const WAREHOUSES = kargoResource("Warehouse", "warehouses", true);

const WarehouseSpec = object(
  {
    shard: optional(string({ description: "The controller shard that runs this Warehouse." })),
    interval: string({
      default: "5m0s",
      pattern: String.raw`^([0-9]+(\.[0-9]+)?(s|m|h))+$`,
      description: "How often to look without being told, as 5m0s.",
    }),
    freightCreationPolicy: optional(
      oneOf(["Automatic", "Manual"], {
        default: "Automatic",
        description: "Whether Freight is made from what is newest, or only by hand.",
      }),
    ),
    freightCreationCriteria: optional(
      object(
        {
          expression: optional(
            string({ description: "Expression over the newest artifacts; true lets them become Freight." }),
          ),
        },
        { description: "What must hold before Freight is made." },
      ),
    ),
    subscriptions: array(
      anything<RawSubscription>({
        description: "One of image, chart or git (or another type), and an optional name.",
      }),
      { minItems: 1, description: "The repositories to watch." },
    ),
  },
  { description: "What to watch, and how." },
);

export const WarehouseStatus = object(
  {
    conditions: optional(Conditions),
    lastHandledRefresh: optional(string({ description: "The refresh annotation that was last acted upon." })),
    observedGeneration: optional(int64({ description: "The generation whose artifacts were last discovered." })),
    lastFreightID: optional(string({ description: "Name of the Freight last made, or found to exist." })),
    discoveredArtifacts: optional(DiscoveredArtifacts),
  },
  { description: "What was found, and how it stands." },
);
export type WarehouseStatus = Shape<typeof WarehouseStatus>;

export const Warehouse = kindSchema("Watches repositories and makes Freight of the newest artifacts in them.", {
  spec: WarehouseSpec,
  status: optional(WarehouseStatus),
});
export type Warehouse = ObjectOf<typeof Warehouse>;
