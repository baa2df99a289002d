// metav1.Condition, the same in every status: docs/compatibility.md, section 1.3.
import { array, int64, object, oneOf, optional, type Shape, string, time } from "./schema.ts";

export const Condition = object(
  {
    type: string({
      description: "What the condition is about.",
      maxLength: 316,
      pattern:
        "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
    }),
    status: oneOf(["True", "False", "Unknown"], { description: "Whether it holds." }),
    reason: string({
      description: "Why, in one word for machines.",
      minLength: 1,
      maxLength: 1024,
      pattern: "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
    }),
    message: string({ description: "Why, for people. May be empty.", maxLength: 32_768 }),
    lastTransitionTime: time({ description: "When the status last changed." }),
    observedGeneration: optional(int64({ description: "The generation that was looked at.", minimum: 0 })),
  },
  { description: "One aspect of an object's state." },
);
export type Condition = Shape<typeof Condition>;

export const Conditions = array(Condition, {
  description: "The latest of what is known of the object.",
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["type"],
});
