// The frame that every kind shares: apiVersion, kind and metadata (meta/v1).
import { type TProperties, type TSchema, Type } from "typebox";
import { anything, int64, mapOf, type Shape, time } from "./schema.ts";

const OwnerReference = Type.Object(
  {
    apiVersion: Type.String({ description: "API version of the owner." }),
    kind: Type.String({ description: "Kind of the owner." }),
    name: Type.String({ description: "Name of the owner." }),
    uid: Type.String({ description: "UID of the owner." }),
    controller: Type.Optional(Type.Boolean({ description: "Whether the owner is the managing controller." })),
    blockOwnerDeletion: Type.Optional(
      Type.Boolean({ description: "Whether the owner, deleted in the foreground, waits for this object to go." }),
    ),
  },
  { description: "An object that this one belongs to.", "x-kubernetes-map-type": "atomic" },
);

const ManagedFieldsEntry = Type.Object(
  {
    manager: Type.Optional(Type.String({ description: "Who wrote the fields." })),
    operation: Type.Optional(Type.String({ description: "Apply or Update." })),
    apiVersion: Type.Optional(Type.String({ description: "Version of the kind the fields are named in." })),
    time: Type.Optional(time({ description: "When the entry was last changed." })),
    fieldsType: Type.Optional(Type.String({ description: "FieldsV1." })),
    fieldsV1: Type.Optional(anything({ type: "object", description: "The set of fields." })),
    subresource: Type.Optional(Type.String({ description: "The subresource the fields were written through." })),
  },
  { description: "The fields that one writer owns." },
);

export const ObjectMeta = Type.Object(
  {
    name: Type.Optional(Type.String({ description: "Unique within the namespace and kind. It cannot be changed." })),
    generateName: Type.Optional(
      Type.String({ description: "Start of a name that the server completes when no name is given." }),
    ),
    namespace: Type.Optional(Type.String({ description: "The namespace the object lives in. It cannot be changed." })),
    selfLink: Type.Optional(Type.String({ description: "No longer used." })),
    uid: Type.Optional(Type.String({ description: "Set by the server: tells apart objects that had the same name." })),
    resourceVersion: Type.Optional(
      Type.String({ description: "Set by the server at each change. Sent back, it guards a write against others." }),
    ),
    generation: Type.Optional(int64({ description: "Set by the server: counts changes of the desired state." })),
    creationTimestamp: Type.Optional(
      time({ nullable: true, description: "Set by the server: when the object was created." }),
    ),
    deletionTimestamp: Type.Optional(
      time({ nullable: true, description: "Set by the server once deletion was asked for." }),
    ),
    deletionGracePeriodSeconds: Type.Optional(
      int64({ nullable: true, description: "Set by the server together with deletionTimestamp." }),
    ),
    labels: Type.Optional(mapOf(Type.String(), { description: "Keys and values that selectors can ask for." })),
    annotations: Type.Optional(mapOf(Type.String(), { description: "Keys and values for tools to keep." })),
    ownerReferences: Type.Optional(
      Type.Array(OwnerReference, {
        description: "The objects this one belongs to; it goes when all of them are gone.",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["uid"],
      }),
    ),
    finalizers: Type.Optional(
      Type.Array(Type.String(), {
        description: "Names that must be taken off the list before the object disappears.",
        "x-kubernetes-list-type": "set",
      }),
    ),
    managedFields: Type.Optional(
      Type.Array(ManagedFieldsEntry, {
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
export function kindSchema<Fields extends TProperties>(description: string, fields: Fields) {
  return Type.Object(
    {
      apiVersion: Type.Optional(Type.String({ description: "Version of the API that this object is written in." })),
      kind: Type.Optional(Type.String({ description: "Kind of the object." })),
      metadata: Type.Optional(ObjectMeta),
      ...fields,
    },
    { description },
  );
}

/** The type of an object whose schema `kindSchema` made. */
export type ObjectOf<S extends TSchema> = KubeObject & Omit<Shape<S>, keyof KubeObject>;
