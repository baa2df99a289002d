// The frame that every kind shares: apiVersion, kind and metadata (meta/v1).
import {
  anything,
  array,
  boolean,
  type Fields,
  int64,
  mapOf,
  object,
  optional,
  type Shape,
  string,
  time,
} from "./schema.ts";

const OwnerReference = object(
  {
    apiVersion: string({ description: "API version of the owner." }),
    kind: string({ description: "Kind of the owner." }),
    name: string({ description: "Name of the owner." }),
    uid: string({ description: "UID of the owner." }),
    controller: optional(boolean({ description: "Whether the owner is the managing controller." })),
    blockOwnerDeletion: optional(
      boolean({ description: "Whether the owner, deleted in the foreground, waits for this object to go." }),
    ),
  },
  { description: "An object that this one belongs to.", "x-kubernetes-map-type": "atomic" },
);

const ManagedFieldsEntry = object(
  {
    manager: optional(string({ description: "Who wrote the fields." })),
    operation: optional(string({ description: "Apply or Update." })),
    apiVersion: optional(string({ description: "Version of the kind the fields are named in." })),
    time: optional(time({ description: "When the entry was last changed." })),
    fieldsType: optional(string({ description: "FieldsV1." })),
    fieldsV1: optional(anything({ type: "object", description: "The set of fields." })),
    subresource: optional(string({ description: "The subresource the fields were written through." })),
  },
  { description: "The fields that one writer owns." },
);

export const ObjectMeta = object(
  {
    name: optional(string({ description: "Unique within the namespace and kind. It cannot be changed." })),
    generateName: optional(string({ description: "Start of a name that the server completes when no name is given." })),
    namespace: optional(string({ description: "The namespace the object lives in. It cannot be changed." })),
    selfLink: optional(string({ description: "No longer used." })),
    uid: optional(string({ description: "Set by the server: tells apart objects that had the same name." })),
    resourceVersion: optional(
      string({ description: "Set by the server at each change. Sent back, it guards a write against others." }),
    ),
    generation: optional(int64({ description: "Set by the server: counts changes of the desired state." })),
    creationTimestamp: optional(
      time({ nullable: true, description: "Set by the server: when the object was created." }),
    ),
    deletionTimestamp: optional(
      time({ nullable: true, description: "Set by the server once deletion was asked for." }),
    ),
    deletionGracePeriodSeconds: optional(
      int64({ nullable: true, description: "Set by the server together with deletionTimestamp." }),
    ),
    labels: optional(mapOf(string(), { description: "Keys and values that selectors can ask for." })),
    annotations: optional(mapOf(string(), { description: "Keys and values for tools to keep." })),
    ownerReferences: optional(
      array(OwnerReference, {
        description: "The objects this one belongs to; it goes when all of them are gone.",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["uid"],
      }),
    ),
    finalizers: optional(
      array(string(), {
        description: "Names that must be taken off the list before the object disappears.",
        "x-kubernetes-list-type": "set",
      }),
    ),
    managedFields: optional(
      array(ManagedFieldsEntry, {
        description: "Who wrote which fields.",
        "x-kubernetes-list-type": "atomic",
      }),
    ),
  },
  { description: "Name, labels, annotations and what the server keeps about the object." },
);
export type ObjectMeta = Shape<typeof ObjectMeta> & { readonly name: string };

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** The schema of a kind: the frame around its own fields. */
export function kindSchema<F extends Fields>(description: string, fields: F) {
  return object(
    {
      apiVersion: optional(string({ description: "Version of the API that this object is written in." })),
      kind: optional(string({ description: "Kind of the object." })),
      metadata: optional(ObjectMeta),
      ...fields,
    },
    { description },
  );
}

/** The type of an object whose schema `kindSchema` made. */
export type ObjectOf<S> = KubeObject & Omit<Shape<S>, keyof KubeObject>;
