// coordination.k8s.io/v1 Lease: the lock that lets one of several replicas lead.
import { kindSchema, type ObjectOf } from "./kube-object.ts";
import type { Resource } from "./resource.ts";
import { integer, object, optional, string, time } from "./schema.ts";

export const LEASES: Resource = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  kind: "Lease",
  isNamespaced: true,
};

/** Times are RFC 3339 with exactly six fractional digits, metav1.MicroTime. */
export const Lease = kindSchema("A lock that its holder must renew.", {
  spec: optional(
    object(
      {
        holderIdentity: optional(string({ description: "Who holds the lock; empty when nobody does." })),
        leaseDurationSeconds: optional(
          integer({ format: "int32", description: "Seconds after renewTime until others may take it." }),
        ),
        acquireTime: optional(time({ description: "When the holder took it." })),
        renewTime: optional(time({ description: "When the holder last renewed it." })),
        leaseTransitions: optional(integer({ format: "int32", description: "How often it changed hands." })),
        strategy: optional(string({ description: "How the next holder is chosen." })),
        preferredHolder: optional(string({ description: "Who the holder should hand it to." })),
      },
      { description: "The state of the lock." },
    ),
  ),
});
export type Lease = ObjectOf<typeof Lease>;
