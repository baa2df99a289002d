// The kinds of Kubernetes itself that we read or serve: Namespace, Secret, Event.
import { Type } from "typebox";
import { kindSchema, ObjectMeta, type ObjectOf } from "./kube-object.ts";
import type { Resource } from "./resource.ts";
import { mapOf, oneOf, time } from "./schema.ts";

function coreResource(kind: string, plural: string, isNamespaced: boolean): Resource {
  return { group: "", version: "v1", plural, kind, isNamespaced };
}

export const NAMESPACES = coreResource("Namespace", "namespaces", false);
export const SECRETS = coreResource("Secret", "secrets", true);
export const EVENTS = coreResource("Event", "events", true);

const NamespaceCondition = Type.Object(
  {
    type: Type.String({ description: "What is judged." }),
    status: Type.String({ description: "True, False or Unknown." }),
    reason: Type.Optional(Type.String({ description: "Why, in one word." })),
    message: Type.Optional(Type.String({ description: "Why, for people." })),
    lastTransitionTime: Type.Optional(time({ description: "When the status last changed." })),
  },
  { description: "One aspect of a namespace's state." },
);

export const Namespace = kindSchema("A name space for objects, and the home of one Project.", {
  spec: Type.Optional(
    Type.Object(
      {
        finalizers: Type.Optional(
          Type.Array(Type.String(), {
            description: "Must be empty before the namespace disappears.",
            "x-kubernetes-list-type": "atomic",
          }),
        ),
      },
      { description: "What the namespace should be." },
    ),
  ),
  status: Type.Optional(
    Type.Object(
      {
        phase: Type.Optional(
          oneOf(["Active", "Terminating"], { description: "Active, or Terminating once it was deleted." }),
        ),
        conditions: Type.Optional(
          Type.Array(NamespaceCondition, {
            description: "What keeps a deleted namespace from going.",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["type"],
          }),
        ),
      },
      { description: "What the namespace is." },
    ),
  ),
});
export type Namespace = ObjectOf<typeof Namespace>;

export const Secret = kindSchema("Confidential values by key.", {
  type: Type.Optional(
    Type.String({ description: "What the Secret is for: Opaque unless said. It cannot be changed." }),
  ),
  data: Type.Optional(
    mapOf(Type.String({ format: "byte" }), { description: "The values, encoded in base64, by key." }),
  ),
  stringData: Type.Optional(
    mapOf(Type.String(), { description: "Values in plain text; written into data and never read back." }),
  ),
  immutable: Type.Optional(Type.Boolean({ description: "When true, data can no longer be changed." })),
});
/** `data` values are base64. */
export type Secret = ObjectOf<typeof Secret>;

const ObjectReference = Type.Object(
  {
    apiVersion: Type.Optional(Type.String({ description: "API version of the object." })),
    kind: Type.Optional(Type.String({ description: "Kind of the object." })),
    namespace: Type.Optional(Type.String({ description: "Namespace of the object." })),
    name: Type.Optional(Type.String({ description: "Name of the object." })),
    uid: Type.Optional(Type.String({ description: "UID of the object." })),
    resourceVersion: Type.Optional(Type.String({ description: "The version of the object that is meant." })),
    fieldPath: Type.Optional(Type.String({ description: "The part of the object that is meant." })),
  },
  { description: "Points at an object.", "x-kubernetes-map-type": "atomic" },
);

export const Event = kindSchema("A note that something happened to an object.", {
  metadata: ObjectMeta,
  involvedObject: ObjectReference,
  reason: Type.Optional(Type.String({ description: "Why, in one word for machines." })),
  message: Type.Optional(Type.String({ description: "What happened, for people." })),
  source: Type.Optional(
    Type.Object(
      {
        component: Type.Optional(Type.String({ description: "The component that reports." })),
        host: Type.Optional(Type.String({ description: "The node it runs on." })),
      },
      { description: "Who reports." },
    ),
  ),
  firstTimestamp: Type.Optional(time({ nullable: true, description: "When it was first seen." })),
  lastTimestamp: Type.Optional(time({ nullable: true, description: "When it was last seen." })),
  count: Type.Optional(Type.Integer({ format: "int32", description: "How often it was seen." })),
  type: Type.Optional(Type.String({ description: "Normal or Warning." })),
  eventTime: Type.Optional(time({ nullable: true, description: "When it was first seen, with microseconds." })),
  series: Type.Optional(
    Type.Object(
      {
        count: Type.Optional(Type.Integer({ format: "int32", description: "How often so far." })),
        lastObservedTime: Type.Optional(time({ description: "When last." })),
      },
      { description: "Set while it goes on happening." },
    ),
  ),
  action: Type.Optional(Type.String({ description: "What was done about it." })),
  related: Type.Optional(ObjectReference),
  reportingComponent: Type.Optional(Type.String({ description: "The controller that reports." })),
  reportingInstance: Type.Optional(Type.String({ description: "Which instance of it." })),
});
export type Event = ObjectOf<typeof Event>;
