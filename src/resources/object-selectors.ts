// Selectors of objects by name and label, as ProjectConfig and ClusterConfig use them.
import { Type } from "typebox";
import { mapOf } from "./schema.ts";

/** An RFC 1123 subdomain. */
export const DNS_SUBDOMAIN_PATTERN = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

const labels = {
  matchLabels: Type.Optional(mapOf(Type.String(), { description: "Labels that must have these values." })),
  matchExpressions: Type.Optional(
    Type.Array(
      Type.Object(
        {
          key: Type.String({ description: "The label." }),
          operator: Type.String({ description: "In, NotIn, Exists or DoesNotExist." }),
          values: Type.Optional(
            Type.Array(Type.String(), { description: "For In and NotIn.", "x-kubernetes-list-type": "atomic" }),
          ),
        },
        { description: "One condition on a label." },
      ),
      { description: "Conditions that must all hold.", "x-kubernetes-list-type": "atomic" },
    ),
  ),
};

export const LabelSelector = Type.Object(labels, {
  description: "Selects by labels.",
  "x-kubernetes-map-type": "atomic",
});

export const NameSelector = Type.Object(
  {
    name: Type.Optional(Type.String({ description: "The name, or a pattern that starts with glob: or regex:." })),
    ...labels,
  },
  { description: "Selects by name, by labels, or by both.", "x-kubernetes-map-type": "atomic" },
);
