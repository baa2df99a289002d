// The kinds of Kubernetes itself that we read or serve: Namespace, Secret, Event.
import { kindSchema, ObjectMeta, type ObjectOf } from "./kube-object.ts";
import type { Resource } from "./resource.ts";
import { array, boolean, integer, mapOf, object, oneOf, optional, string, time } from "./schema.ts";

function coreResource(kind: string, plural: string, isNamespaced: boolean): Resource {
  return { group: "", version: "v1", plural, kind, isNamespaced };
}

export const NAMESPACES = coreResource("Namespace", "namespaces", false);
export const SECRETS = coreResource("Secret", "secrets", true);
export const EVENTS = coreResource("Event", "events", true);

const NamespaceCondition = object(
  {
    type: string({ description: "What is judged." }),
    status: string({ description: "True, False or Unknown." }),
    reason: optional(string({ description: "Why, in one word." })),
    message: optional(string({ description: "Why, for people." })),
    lastTransitionTime: optional(time({ description: "When the status last changed." })),
  },
  { description: "One aspect of a namespace's state." },
);

export const Namespace = kindSchema("A name space for objects, and the home of one Project.", {
  spec: optional(
    object(
      {
        finalizers: optional(
          array(string(), {
            description: "Must be empty before the namespace disappears.",
            "x-kubernetes-list-type": "atomic",
          }),
        ),
      },
      { description: "What the namespace should be." },
    ),
  ),
  status: optional(
    object(
      {
        phase: optional(
          oneOf(["Active", "Terminating"], { description: "Active, or Terminating once it was deleted." }),
        ),
        conditions: optional(
          array(NamespaceCondition, {
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
  type: optional(string({ description: "What the Secret is for: Opaque unless said. It cannot be changed." })),
  data: optional(mapOf(string({ format: "byte" }), { description: "The values, encoded in base64, by key." })),
  stringData: optional(
    mapOf(string(), { description: "Values in plain text; written into data and never read back." }),
  ),
  immutable: optional(boolean({ description: "When true, data can no longer be changed." })),
});
/** `data` values are base64. */
export type Secret = ObjectOf<typeof Secret>;

const ObjectReference = object(
  {
    apiVersion: optional(string({ description: "API version of the object." })),
    kind: optional(string({ description: "Kind of the object." })),
    namespace: optional(string({ description: "Namespace of the object." })),
    name: optional(string({ description: "Name of the object." })),
    uid: optional(string({ description: "UID of the object." })),
    resourceVersion: optional(string({ description: "The version of the object that is meant." })),
    fieldPath: optional(string({ description: "The part of the object that is meant." })),
  },
  { description: "Points at an object.", "x-kubernetes-map-type": "atomic" },
);

export const Event = kindSchema("A note that something happened to an object.", {
  metadata: ObjectMeta,
  involvedObject: ObjectReference,
  reason: optional(string({ description: "Why, in one word for machines." })),
  message: optional(string({ description: "What happened, for people." })),
  source: optional(
    object(
      {
        component: optional(string({ description: "The component that reports." })),
        host: optional(string({ description: "The node it runs on." })),
      },
      { description: "Who reports." },
    ),
  ),
  firstTimestamp: optional(time({ nullable: true, description: "When it was first seen." })),
  lastTimestamp: optional(time({ nullable: true, description: "When it was last seen." })),
  count: optional(integer({ format: "int32", description: "How often it was seen." })),
  type: optional(string({ description: "Normal or Warning." })),
  eventTime: optional(time({ nullable: true, description: "When it was first seen, with microseconds." })),
  series: optional(
    object(
      {
        count: optional(integer({ format: "int32", description: "How often so far." })),
        lastObservedTime: optional(time({ description: "When last." })),
      },
      { description: "Set while it goes on happening." },
    ),
  ),
  action: optional(string({ description: "What was done about it." })),
  related: optional(ObjectReference),
  reportingComponent: optional(string({ description: "The controller that reports." })),
  reportingInstance: optional(string({ description: "Which instance of it." })),
});
export type Event = ObjectOf<typeof Event>;
