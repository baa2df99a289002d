// coordination.k8s.io/v1 Lease: the lock that lets one of several replicas lead.
import { Type } from "typebox";
import { kindSchema, type ObjectOf } from "./kube-object.ts";
import type { Resource } from "./resource.ts";
import { time } from "./schema.ts";

export const LEASES: Resource = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  kind: "Lease",
  isNamespaced: true,
};

/** Times are RFC 3339 with exactly six fractional digits: kube-apiserver.md, (c) 7. */
export const Lease = kindSchema("A lock that its holder must renew.", {
  spec: Type.Optional(
    Type.Object(
      {
        holderIdentity: Type.Optional(Type.String({ description: "Who holds the lock; empty when nobody does." })),
        leaseDurationSeconds: Type.Optional(
          Type.Integer({ format: "int32", description: "Seconds after renewTime until others may take it." }),
        ),
        acquireTime: Type.Optional(time({ description: "When the holder took it." })),
        renewTime: Type.Optional(time({ description: "When the holder last renewed it." })),
        leaseTransitions: Type.Optional(Type.Integer({ format: "int32", description: "How often it changed hands." })),
        strategy: Type.Optional(Type.String({ description: "How the next holder is chosen." })),
        preferredHolder: Type.Optional(Type.String({ description: "Who the holder should hand it to." })),
      },
      { description: "The state of the lock." },
    ),
  ),
});
export type Lease = ObjectOf<typeof Lease>;
